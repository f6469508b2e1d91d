"""Runs proofs and keeps their results with the commit they belong to.

A proof that held at this commit is not run again.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".proofs"


class NotMetError(Exception):
    """A promise that does not hold; the message is its figure."""


class SkippedError(Exception):
    """A proof that can't be run here; the message says why."""


@dataclass(frozen=True)
class Proof:
    """`run` returns the figure, raises NotMetError with it, or SkippedError with the reason."""

    line: str
    title: str
    run: Callable[[], str]


@dataclass(frozen=True)
class Result:
    status: str
    figure: str
    seconds: float
    commit: str


def prove(name: str, proofs: Sequence[Proof]) -> int:
    """Run the proofs that have not held yet at this commit, print one line each, and return the exit status."""
    commit = _commit()
    kept = _read(name)
    results: dict[str, Result] = {}
    for proof in proofs:
        before = kept.get(proof.line)
        known = before is not None and before.commit == commit and before.status == "holds" and "+" not in commit
        result = before if known and before else _run(proof, commit)
        results[proof.line] = result
        _write(name, {**kept, **results})
        note = " (kept)" if known else ""
        print(
            f"{proof.line:>3}  {result.status:<8} {proof.title}: {result.figure} [{result.seconds:.0f} s]{note}",
            flush=True,
        )
    fell_short = [line for line, result in results.items() if result.status == "FAILS"]
    print(f"{len(results) - len(fell_short)} of {len(results)} lines hold or are skipped, at {commit}")
    return 1 if fell_short else 0


def _run(proof: Proof, commit: str) -> Result:
    started = time.monotonic()
    try:
        status, figure = "holds", proof.run()
    except NotMetError as failure:
        status, figure = "FAILS", str(failure)
    except SkippedError as reason:
        status, figure = "skipped", str(reason)
    except Exception as error:  # noqa: BLE001  # a proof that breaks has not held, and the others are still to be run
        status, figure = "FAILS", f"{type(error).__name__}: {error}"
    return Result(status, figure, time.monotonic() - started, commit)


def run_command(*command: str | Path, cwd: Path = ROOT, seconds: float = 600, env: dict[str, str] | None = None) -> str:
    """Standard output of a command. Raises NotMetError with its last lines if it fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise NotMetError(f"not done after {seconds:.0f} s: {' '.join(map(str, command))}") from late
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        tail = " | ".join([line for line in lines if line.startswith(("FAILED", "ERROR"))] + lines[-6:])
        raise NotMetError(f"exit {done.returncode}: {' '.join(map(str, command))}: {tail}")
    return done.stdout


def _commit() -> str:
    head = run_command("git", "rev-parse", "--short", "HEAD").strip()
    return head + ("+" if run_command("git", "status", "--porcelain").strip() else "")


def _read(name: str) -> dict[str, Result]:
    path = FOLDER / f"{name}.json"
    return {line: Result(**result) for line, result in json.loads(path.read_text()).items()} if path.exists() else {}


def _write(name: str, results: dict[str, Result]) -> None:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps({line: asdict(result) for line, result in results.items()}, indent=1))
    partial.replace(path)


def main(name: str, proofs: Sequence[Proof]) -> None:
    """Run as a program: numbers on the command line choose lines."""
    wanted = set(sys.argv[1:])
    sys.exit(prove(name, [proof for proof in proofs if not wanted or proof.line in wanted]))
