"""`calls`: the most used calls on a copy of the full term, each with its times and with what it asks the database."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from rich.console import Console

from attendance_bench.calls.plans import Index, Plan, plans_of
from attendance_bench.calls.used import Call, School, used_calls
from attendance_bench.calls.wire import Command, Listener
from attendance_bench.machine import facts
from attendance_bench.term.command import DATABASE, OFFICE, served

TRIES = 7
MOST_SECONDS = 1.0


@dataclass(frozen=True)
class Measured:
    """How long a call took, in seconds, and each different query that it made."""

    title: str
    seconds: Sequence[float]
    plans: Sequence[Plan]

    @property
    def holds(self) -> bool:
        return max(self.seconds) <= MOST_SECONDS and not any(plan.fault for plan in self.plans)

    def told(self) -> str:
        middle, most = statistics.median(self.seconds) * 1000, max(self.seconds) * 1000
        head = f"{'' if self.holds else 'FAILS '}{self.title}: median {middle:.0f} ms, at most {most:.0f}"
        return "\n".join([head, *(f"    {plan.asked}: {plan.fault or plan.index}" for plan in self.plans)])


def measure_calls(term: Path, out: Path | None) -> bool:
    """Whether each call holds: within a second every time, each query by an index, and no count.

    The plans of all queries are printed, or written to a file. The last line tells the whole.

    Raises:
        FileNotFoundError: no term was taken into this folder.
    """
    if not (term / "term.json").exists():
        raise FileNotFoundError(f"no term was taken into {term}")
    with tempfile.TemporaryDirectory(dir=term.parent) as folder:
        home = Path(shutil.copytree(term, Path(folder) / "copy"))
        records, measured = _measured(home)
    report = "\n".join([*(one.told() for one in measured), f"on {facts()['cpu']}, {TRIES} tries each"])
    console = Console(soft_wrap=True, highlight=False)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(f"{report}\n")
    else:
        console.print(report, markup=False)
    console.print(_summary(records, measured), markup=False)
    return all(one.holds for one in measured)


def _summary(records: int, measured: Sequence[Measured]) -> str:
    slowest = max(measured, key=lambda one: max(one.seconds))
    middle = statistics.median(seconds for one in measured for seconds in one.seconds)
    fell_short = [one.title for one in measured if not one.holds]
    return (
        f"{len(measured)} calls with {records} records, {TRIES} times each: median {middle * 1000:.0f} ms, the slowest "
        f"({slowest.title}) at most {max(slowest.seconds) * 1000:.0f} ms; {sum(len(one.plans) for one in measured)} "
        f"queries, {'fell short: ' + ', '.join(fell_short) if fell_short else 'each by an index, no count'}"
    )


def _measured(home: Path) -> tuple[int, list[Measured]]:
    """How many records there are, and the calls."""
    listener = Listener()
    with served(home, listener.before) as place, MongoClient[Any](place.database_uri) as client:
        school, database = School(place.url, OFFICE), client[DATABASE]
        records = database["records"].estimated_document_count()
        return records, [_measure(call, listener, database) for call in used_calls(school)]


def _measure(call: Call, listener: Listener, database: Any) -> Measured:
    seconds, plans = [], dict[Plan, None]()
    for number in range(TRIES):
        listener.taken()
        began = time.perf_counter()
        call.make(number)
        seconds.append(time.perf_counter() - began)
        plans |= dict.fromkeys(
            plan for asked in listener.taken() for plan in plans_of(asked, _indexes(database, asked))
        )
    return Measured(call.title, seconds, list(plans))


def _indexes(database: Any, asked: Command) -> list[Index]:
    """Those there are, not those that are declared."""
    found: Mapping[str, Any] = database[asked.collection].index_information()
    return [Index(tuple(name for name, _ in one["key"]), one.get("partialFilterExpression")) for one in found.values()]
