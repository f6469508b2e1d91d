"""`fuzz`: hostile photos and hostile calls; nothing may break, and memory has to come back."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from attendance_bench.replicas import running_replica
from attendance_evaluation.commands.registering import Commands, add_command
from attendance_evaluation.fuzz.campaign import Verdict, run_campaign
from attendance_evaluation.fuzz.service import Answers, Conformance, conform, send_mutants
from attendance_evaluation.photos import CACHE

SHARDS = 2


def register(commands: Commands) -> None:
    """Adds `fuzz`."""
    added = add_command(commands, "fuzz", run, "mutated photos and made-up calls: nothing breaks, nothing grows")
    added.add_argument("--images", type=int, default=20_000, help="mutants for the library, in processes of their own")
    added.add_argument("--requests", type=int, default=1_000, help="mutants for the running service, over HTTP")
    added.add_argument("--seconds", type=int, default=600, help="of calls made up from the service's OpenAPI document")
    added.add_argument("--seed", type=int, default=1)
    added.add_argument("--cache", type=Path, default=CACHE / "fuzz", help="where a run broken off is taken up again")
    added.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> bool:
    """Prints what became of all photos and calls."""
    verdict = run_campaign(options.seed, options.images, SHARDS, options.cache)
    print(f"{verdict.images} photos tried", file=sys.stderr)
    with running_replica(LOG_LEVEL="ERROR") as service:
        answers = send_mutants(service, options.seed, options.requests)
        print(f"{options.requests} photos sent", file=sys.stderr)
        conformance = conform(service, options.seconds, options.seed)
    if options.json:
        told = {"images": asdict(verdict), "requests": asdict(answers), "conformance": asdict(conformance)}
        print(json.dumps(told, indent=2))
    else:
        print("\n".join(_lines(verdict, answers, conformance)))
    return verdict.holds and not answers.broken and conformance.conforms


def _lines(verdict: Verdict, answers: Answers, conformance: Conformance) -> list[str]:
    growth = "too few to tell" if verdict.growth is None else f"{verdict.growth / 2**20:+.0f} MB"
    return [
        f"{verdict.images} mutated photos: {verdict.outcomes}; {len(verdict.broken)} broke something",
        *(f"  {each}" for each in verdict.broken),
        f"longest {verdict.longest_seconds} s of processor: {verdict.longest}",
        f"most memory {verdict.most_resident / 2**20:.0f} MB; last quarter against the one before {growth}",
        f"over HTTP: {answers.statuses}; {len(answers.broken)} answered with a server error",
        *(f"  {each}" for each in answers.broken),
        f"schemathesis: {conformance.calls} calls, {'all conform' if conformance.conforms else conformance.said}",
    ]
