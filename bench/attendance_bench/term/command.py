"""`term`: the whole term, taken once into a folder that is kept, and counted again each time."""

import contextlib
import io
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from attendance_bench.machine import facts
from attendance_bench.term.counting import check
from attendance_bench.term.plan import FULL, SHORT, Term
from attendance_bench.term.speaking import Kept, Speaker
from attendance_bench.term.taking import Taking
from attendance_cli import programs
from attendance_cli.accounts import Account
from attendance_cli.network import LOOPBACK, free_port
from attendance_cli.running import LOCK_NAME, owning
from attendance_cli.site import create_administrator
from attendance_cli.supervision import Supervisor, run_alone

OFFICE = Account("office@term.example", "The office", "a long enough password")
DATABASE = "smart_attendance"
KEPT = "term.json"


@dataclass(frozen=True)
class Place:
    """Where the term's school answers."""

    url: str
    database_uri: str


@contextlib.contextmanager
def served(
    home: Path, between: Callable[[int], AbstractContextManager[int]] = contextlib.nullcontext
) -> Iterator[Place]:
    """Database and backend on the data of a folder. There is no ML service: nobody takes a photo.

    Args:
        home: the folder.
        between: opens what stands between the two: it is given the database's port, and gives the one to speak to.
    """
    home.mkdir(parents=True, exist_ok=True)
    with owning(home) as lock, Supervisor(home / LOCK_NAME, lock, Console(file=io.StringIO())) as supervisor:
        ports = free_port(), free_port(), free_port()
        uri = _uri(ports[0])
        database = programs.database(home / "database", ports[0])
        supervisor.start(database)
        supervisor.wait_until_ready(database)
        create_administrator(run_alone, home, uri, OFFICE)
        with between(ports[0]) as seen:
            backend = programs.backend(
                *(home, LOOPBACK, ports[1]), database_uri=_uri(seen), ml_port=ports[2], key="nobody-asks", web_root=None
            )
            supervisor.start(backend)
            supervisor.wait_until_ready(backend)
            yield Place(f"http://{LOOPBACK}:{ports[1]}", uri)


def _uri(port: int) -> str:
    return f"mongodb://{LOOPBACK}:{port}/?directConnection=true"


def measure_term(data: Path, *, short: bool) -> None:
    """Take what is not taken yet, count it, and print a line for each thing that agrees.

    A folder in which another term was taken is begun anew.
    """
    console, term = Console(soft_wrap=True, highlight=False), Term(SHORT if short else FULL)
    home = data / ("short" if short else "full")
    kept = _kept(home, term)
    console.print(
        f"{len(term.lessons)} sessions in {home}, {len(kept.taken.lessons)} taken before, on {facts()['cpu']}"
    )
    with served(home) as place:
        began = time.monotonic()
        taken = Taking(term, place.url, OFFICE, kept).run()
        taken.seconds += time.monotonic() - began
        kept.write()
        console.print(f"{taken.calls} calls in {taken.seconds:.0f} s")
        began = time.monotonic()
        for line in check(term, taken, Speaker(place.url, OFFICE), place.database_uri, DATABASE):
            console.print(line)
        console.print(f"counted again in {time.monotonic() - began:.0f} s")


def _kept(home: Path, term: Term) -> Kept:
    kept = Kept(home / KEPT)
    if kept.taken.fingerprint not in {"", term.fingerprint}:
        shutil.rmtree(home)
        kept = Kept(home / KEPT)
    kept.taken.fingerprint = term.fingerprint
    return kept
