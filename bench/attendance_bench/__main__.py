"""`python -m attendance_bench [command]`: every speed claim is measured here, beside a baseline in the same run."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attendance_bench.calls import measure_calls
from attendance_bench.campus import measure_campus
from attendance_bench.efficiency import measure_efficiency
from attendance_bench.failover import measure_failover
from attendance_bench.load import measure_load
from attendance_bench.machine import ROOT
from attendance_bench.memory import measure_memory
from attendance_bench.rest import measure_rest
from attendance_bench.school.class_start import measure_class_start
from attendance_bench.school.end_of_term import measure_end_of_term
from attendance_bench.school.morning import LEVELS, measure_morning
from attendance_bench.school.soak import measure_soak
from attendance_bench.speed import measure_speed
from attendance_bench.switching import measure_switch
from attendance_bench.term import measure_term

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # the library gives it no other name
Measure = Callable[[argparse.Namespace], bool | None]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    return 1 if options.measure(options) is False else 0


def _parser() -> argparse.ArgumentParser:
    """Each command's `measure` says False where a promise does not hold."""
    parser = argparse.ArgumentParser(prog="python -m attendance_bench", description="Speed and memory, measured.")
    parser.set_defaults(measure=lambda _: measure_speed())
    commands = parser.add_subparsers(dest="command", metavar="command")
    _add_ml(commands)
    _add_register(commands)
    _add_school(commands)
    return parser


def _add_ml(commands: "Commands") -> None:
    """What measures the ML service."""
    told = "the old engine, the bare runtime and our services on the same photos (default)"
    _add(commands, "speed", told, lambda _: measure_speed())
    _add(commands, "campus", "40 faces against 100,000 vectors, over HTTP", lambda _: measure_campus())
    _add(
        commands,
        "switching",
        "a roster goes from one model to another while others recognise",
        lambda _: measure_switch(),
    )
    _add(commands, "failover", "one of two replicas behind a balancer is killed at work", lambda _: measure_failover())
    rest = _add(commands, "rest", "start to ready, and memory at rest and at work", _rest)
    rest.add_argument("--starts", type=int, default=5)
    rest.add_argument("--photos", type=int, default=40, help="class photos sent at each start")
    told = "clients in a closed loop, on our service and on the old engine"
    loaded = _add(commands, "load", told, lambda given: measure_load(seconds=given.seconds))
    loaded.add_argument("--seconds", type=float, default=60, help="of each level")
    efficiency = _add(commands, "efficiency", "the ML service's throughput against its networks alone", _efficiency)
    efficiency.add_argument("--rounds", type=int, default=9)
    efficiency.add_argument("--seconds", type=float, default=3, help="of each turn, three a round")
    told = "memory of the ML service over many photos of mixed sizes and kinds"
    memory = _add(commands, "memory", told, lambda given: measure_memory(photos=given.photos))
    memory.add_argument("--photos", type=int, default=10_000)


def _add_register(commands: "Commands") -> None:
    """What measures the register on a whole term."""
    told = "a term of a whole school through the API, counted again independently"
    term = _add(commands, "term", told, lambda given: measure_term(given.data, short=given.short))
    term.add_argument("--data", type=Path, default=ROOT / "var" / "term", help="the folder, kept between runs")
    term.add_argument("--short", action="store_true", help="a tenth of it")
    told = "the most used calls on the full term: times, and each query's index"
    calls = _add(commands, "calls", told, lambda given: measure_calls(given.data, given.out))
    calls.add_argument("--data", type=Path, default=ROOT / "var" / "term" / "full", help="a folder that `term` made")
    calls.add_argument("--out", type=Path, help="a file for the plans of the queries")


def _add_school(commands: "Commands") -> None:
    """What measures a whole school at its browsers."""
    told = "1,500 check-ins by code within a minute, then with a backend killed half way"
    starting = _add(commands, "class-start", told, lambda given: measure_class_start(small=given.small))
    starting.add_argument("--small", action="store_true", help="20 students")
    told = "so many people at their browsers, the ML service saturated: times, errors, what breaks"
    morning = _add(commands, "morning", told, _morning)
    morning.add_argument("--users", type=int, nargs="+", default=LEVELS, help="people at once, level by level")
    morning.add_argument("--seconds", type=float, default=180, help="of each level")
    morning.add_argument("--small", action="store_true", help="a school of 20 students")
    morning.add_argument(
        "--until-it-breaks", action="store_true", help="then twice as many a minute each, until it does"
    )
    told = "reports and exports of a term's records while attendance is taken by photos"
    ending = _add(commands, "end-of-term", told, lambda given: measure_end_of_term(given.seconds))
    ending.add_argument("--seconds", type=float, default=120)
    told = "a long morning: memory, handles and connections of each process stay flat"
    soak = _add(commands, "soak", told, lambda given: measure_soak(given.seconds, small=given.small))
    soak.add_argument("--seconds", type=float, default=600)
    soak.add_argument("--small", action="store_true", help="a school of 20 students")


def _add(commands: "Commands", name: str, told: str, measure: Measure) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=told)
    command.set_defaults(measure=measure)
    return command


def _rest(given: argparse.Namespace) -> None:
    measure_rest(starts=given.starts, photos=given.photos)


def _morning(given: argparse.Namespace) -> bool:
    return measure_morning(given.users, given.seconds, small=given.small, until_broken=given.until_it_breaks)


def _efficiency(given: argparse.Namespace) -> None:
    measure_efficiency(rounds=given.rounds, seconds=given.seconds)


if __name__ == "__main__":
    sys.exit(main())
