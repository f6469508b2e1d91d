"""Runs proofs and keeps their results with the commit they belong to.

A proof that held at this commit is not run again. Where there is a limit to the whole run, what it leaves out is said.
"""

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".proofs"
TEST_RUN = FOLDER / "test-run"
"""What the last `make test` looked through, and in `commit` where it was, if it was whole and all of it held."""
END_SECONDS = 30
"""A command that took too long has so much time to end what it has started."""


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


@dataclass
class _Limit:
    """When the whole run is over, by the monotonic clock."""

    end: float = math.inf

    @property
    def left(self) -> float:
        return self.end - time.monotonic()


LIMIT = _Limit()


def prove(name: str, proofs: Sequence[Proof], minutes: float = math.inf) -> int:
    """Run the proofs that have not held yet at this commit, print one line each, and return the exit status.

    After so many minutes what is left is skipped, and the next run goes on there.
    """
    LIMIT.end = time.monotonic() + 60 * minutes
    commit = this_commit()
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
        if LIMIT.left <= 0:
            raise SkippedError("the time of the whole run is over; the next one goes on here")  # noqa: TRY301  # as a proof
        status, figure = "holds", proof.run()
    except NotMetError as failure:
        status, figure = "FAILS", str(failure)
    except SkippedError as reason:
        status, figure = "skipped", str(reason)
    except Exception as error:  # noqa: BLE001  # a proof that breaks has not held, and the others are still to be run
        status, figure = "FAILS", f"{type(error).__name__}: {error}"
    return Result(status, figure, time.monotonic() - started, commit)


def run_command(*command: str | Path, cwd: Path = ROOT, seconds: float = 600, env: dict[str, str] | None = None) -> str:
    """Standard output of a command.

    Raises:
        NotMetError: it fails, with its last lines, or takes too long.
        SkippedError: the time of the whole run was over first.
    """
    # In a group of its own: what it has started ends with it.
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=max(min(seconds, LIMIT.left), 0))
    except subprocess.TimeoutExpired as late:
        if LIMIT.left <= 0:
            raise SkippedError("cut off where the time of the whole run was over; run again") from late
        raise NotMetError(f"not done after {seconds:.0f} s: {' '.join(map(str, command))}") from late
    finally:
        _end(process)
    if process.returncode:
        lines = (output + errors).strip().splitlines()
        tail = " | ".join([line for line in lines if line.startswith(("FAILED", "ERROR"))] + lines[-6:])
        raise NotMetError(f"exit {process.returncode}: {' '.join(map(str, command))}: {tail}")
    return output


def _end(process: subprocess.Popen[str]) -> None:
    """End what still runs, first with a word."""
    for word in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, word)
        try:
            process.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def this_commit() -> str:
    """The commit that is checked out, with a + where something was changed since."""
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


def main(name: str, proofs: Sequence[Proof], minutes: float = math.inf) -> None:
    """Run as a program: numbers on the command line choose lines."""
    wanted = set(sys.argv[1:])
    sys.exit(prove(name, [proof for proof in proofs if not wanted or proof.line in wanted], minutes))
