"""`calls`: the most used calls on a copy of the full term, each with its times and with what it asks the database."""

import json
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


def measure_calls(term: Path) -> bool:
    """Whether each call holds: within a second every time, each query by an index, and no count.

    Raises:
        FileNotFoundError: no term was taken into this folder.
    """
    if not (term / "term.json").exists():
        raise FileNotFoundError(f"no term was taken into {term}")
    console = Console(soft_wrap=True, highlight=False)
    with tempfile.TemporaryDirectory(dir=term.parent) as folder:
        home = Path(shutil.copytree(term, Path(folder) / "copy"))
        measured = _measured(home, console)
    slowest = max(measured, key=lambda one: max(one.seconds))
    fell_short = [one.title for one in measured if not one.holds]
    console.print(f"on {facts()['cpu']}, {TRIES} tries each")
    figure = {"calls": len(measured), "slowest": slowest.title, "seconds": round(max(slowest.seconds), 3)}
    console.print(json.dumps({**figure, "queries": sum(len(one.plans) for one in measured), "fell_short": fell_short}))
    return not fell_short


def _measured(home: Path, console: Console) -> list[Measured]:
    listener = Listener()
    with served(home, listener.before) as place, MongoClient[Any](place.database_uri) as client:
        school, database = School(place.url, OFFICE), client[DATABASE]
        console.print(f"{database['records'].estimated_document_count()} records")
        made = []
        for call in used_calls(school):
            one = _measure(call, listener, database)
            console.print(one.told())
            made.append(one)
        return made


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
