"""`python -m attendance_bench [command]`: every speed claim is measured here, beside a baseline in the same run."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from attendance_bench.calls import measure_calls
from attendance_bench.campus import measure_campus
from attendance_bench.efficiency import measure_efficiency
from attendance_bench.failover import measure_failover
from attendance_bench.load import measure_load
from attendance_bench.machine import ROOT
from attendance_bench.memory import measure_memory
from attendance_bench.rest import measure_rest
from attendance_bench.speed import measure_speed
from attendance_bench.switching import measure_switch
from attendance_bench.term import measure_term


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    match options.command:
        case "rest":
            measure_rest(starts=options.starts, photos=options.photos)
        case "campus":
            return 0 if measure_campus() else 1
        case "switching":
            return 0 if measure_switch() else 1
        case "failover":
            return 0 if measure_failover() else 1
        case "load":
            measure_load(seconds=options.seconds)
        case "efficiency":
            measure_efficiency(rounds=options.rounds, seconds=options.seconds)
        case "memory":
            measure_memory(photos=options.photos)
        case "term":
            measure_term(options.data, short=options.short)
        case "calls":
            return 0 if measure_calls(options.data, options.out) else 1
        case _:
            measure_speed()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m attendance_bench", description="Speed and memory, measured.")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("speed", help="the old engine, the bare runtime and our services on the same photos (default)")
    commands.add_parser("campus", help="40 faces against 100,000 vectors, over HTTP")
    commands.add_parser("switching", help="a roster goes from one model to another while others recognise")
    commands.add_parser("failover", help="one of two replicas behind a balancer is killed at work")
    rest = commands.add_parser("rest", help="start to ready, and memory at rest and at work")
    rest.add_argument("--starts", type=int, default=5)
    rest.add_argument("--photos", type=int, default=40, help="class photos sent at each start")
    loaded = commands.add_parser("load", help="clients in a closed loop, on our service and on the old engine")
    loaded.add_argument("--seconds", type=float, default=60, help="of each level")
    efficiency = commands.add_parser("efficiency", help="the ML service's throughput against its networks alone")
    efficiency.add_argument("--rounds", type=int, default=9)
    efficiency.add_argument("--seconds", type=float, default=3, help="of each turn, three a round")
    memory = commands.add_parser("memory", help="memory of the ML service over many photos of mixed sizes and kinds")
    memory.add_argument("--photos", type=int, default=10_000)
    term = commands.add_parser("term", help="a term of a whole school through the API, counted again independently")
    term.add_argument("--data", type=Path, default=ROOT / "var" / "term", help="the folder, kept between runs")
    term.add_argument("--short", action="store_true", help="a tenth of it")
    calls = commands.add_parser("calls", help="the most used calls on the full term: times, and each query's index")
    calls.add_argument("--data", type=Path, default=ROOT / "var" / "term" / "full", help="a folder that `term` made")
    calls.add_argument("--out", type=Path, help="a file for the plans of the queries")
    return parser


if __name__ == "__main__":
    sys.exit(main())
