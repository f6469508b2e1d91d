"""The backend's program imported once and forked for every start: a test waits for its start, not for its imports.

What is forked has imported the program and done nothing else; the rest of a start is that of `python -m
attendance_backend`, which `test_main.py` and the tests of the whole product start themselves.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

POLL_SECONDS = 0.02
END_SECONDS = 60


@dataclass
class Forked:
    """A process like those of `subprocess`: its status comes from the process that forked it."""

    pid: int
    origin: "Origin"
    arguments: tuple[str, ...]
    returncode: int | None = field(default=None)

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.origin.status_of(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; `subprocess.TimeoutExpired` when it has not ended by then."""
        end = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
            time.sleep(POLL_SECONDS)
        return status

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Origin:
    """The process that has imported the program, and forks."""

    def __init__(self) -> None:
        command = [sys.executable, __file__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._one_question = Lock()

    def close(self) -> None:
        """Let it end; those it has forked are ended before."""
        self._process.communicate(timeout=END_SECONDS)

    def start(
        self,
        *arguments: str,
        env: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
        given: Path | None = None,
    ) -> Forked:
        """`python -m attendance_backend` with these arguments; output is added to the files."""
        files = [str(given or os.devnull), str(output), str(errors or output)]
        pid = self._ask({"arguments": arguments, "environment": dict(env), "files": files})
        return Forked(int(pid), self, arguments)

    def status_of(self, pid: int) -> int | None:
        status: int | None = self._ask({"status_of": pid})
        return status

    def _ask(self, question: Mapping[str, Any]) -> Any:
        reads, writes = self._process.stdout, self._process.stdin
        assert reads
        assert writes
        with self._one_question:
            writes.write(json.dumps(question) + "\n")
            writes.flush()
            return json.loads(reads.readline())


@cache
def origin() -> Origin:
    """The one of this test run."""
    return Origin()


def _answer_questions() -> Sequence[str] | None:
    """Fork as often as asked. In a forked process: its arguments; None at the end."""
    for line in sys.stdin:
        question = json.loads(line)
        if pid := question.get("status_of"):
            ended, status = os.waitpid(pid, os.WNOHANG)
            _tell(os.waitstatus_to_exitcode(status) if ended else None)
        elif pid := os.fork():
            _tell(pid)
        else:
            _become(question["environment"], question["files"])
            arguments: list[str] = question["arguments"]
            return arguments
    return None


def _tell(number: int | None) -> None:
    sys.stdout.write(json.dumps(number) + "\n")
    # Nothing may lie in a buffer that a fork would copy.
    sys.stdout.flush()


def _become(environment: Mapping[str, str], files: Sequence[str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    modes = (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_APPEND] * 2)
    for descriptor, (file, mode) in enumerate(zip(files, modes, strict=True)):
        opened = os.open(file, mode, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)


def _originate() -> int:
    from attendance_backend import __main__ as program  # noqa: PLC0415  # what takes long is done once, here

    arguments = _answer_questions()
    if arguments is None:
        return 0
    sys.argv = ["attendance_backend", *arguments]
    return program.main(arguments)


if __name__ == "__main__":
    sys.exit(_originate())
