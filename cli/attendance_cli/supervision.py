"""Starts programs as child processes, shows what they say, and stops them all together. It restarts none by itself.

No orphan is left, however this process ends: every child is started into the process group of a watchdog.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import FrameType, TracebackType
from typing import IO, Any, Self

from rich.console import Console
from rich.text import Text

from attendance_cli import watchdog

WATCHDOG = "watchdog"
GRACE_SECONDS = 12.0
"""A service gives requests under way 10 s; then it is killed."""
_COLOURS = ("cyan", "magenta", "green", "yellow")
_POLL_SECONDS = 0.05

Run = Callable[[Sequence[str], Mapping[str, str], str], str]
"""Runs a command (arguments, additions to the environment, standard input) and returns what it prints."""


class StopAsked(BaseException):
    """SIGINT, SIGTERM or SIGHUP came."""


class ProgramEndedError(Exception):
    """A program that should run does not."""


@dataclass(frozen=True, slots=True)
class Program:
    """One child: its command, what it finds in its environment beside ours, and how to see that it is ready."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]
    patience: float = 60.0
    """Seconds it may take to become ready."""
    is_well: Callable[[], bool] = lambda: True
    """Whether it still answers, whatever it depends on; asked now and then once it was ready."""


@contextmanager
def stop_signals() -> Iterator[None]:
    """Turn the signals that ask for an end into `StopAsked`, raised wherever the main thread is."""

    def ask(number: int, _frame: FrameType | None) -> None:
        raise StopAsked(signal.Signals(number).name)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, ask) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


class Supervisor:
    """The running programs. At the end of the `with` block all are stopped, last started first."""

    def __init__(self, lock_path: Path, lock: int, console: Console, *, grace: float = GRACE_SECONDS) -> None:
        self._lock, self._console, self._grace = lock, console, grace
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._pumps: dict[str, Thread] = {}
        self.programs: dict[str, Program] = {}
        # Isolated and without site packages it starts in some 10 ms.
        command = [sys.executable, "-I", "-S", watchdog.__file__, str(lock_path), str(grace)]
        self._watchdog = subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stop()
        except StopAsked:
            self.tell("stopping at once", "dim")
        finally:
            self._end_group()

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._children.items()}

    def tell(self, text: str, style: str) -> None:
        """Say something to people. That nobody reads it any more is no reason to end."""
        with suppress(OSError, SystemExit):
            self._console.print(text, style=style, soft_wrap=True, markup=False, highlight=False)

    def start(self, program: Program) -> None:
        """Start it, or start it again once it has ended."""
        if program.name in self._pumps:
            self._pumps[program.name].join(1.0)
        self.programs[program.name] = program
        child = subprocess.Popen(
            program.command,
            env=os.environ | program.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **self._in_group(),
        )
        self._children[program.name] = child
        colour = _COLOURS[list(self._children).index(program.name) % len(_COLOURS)]
        pump = Thread(target=_pump, args=(child.stdout, program.name, colour, self._console), daemon=True)
        pump.start()
        self._pumps[program.name] = pump

    def run(self, command: Sequence[str], environment: Mapping[str, str], given: str = "") -> str:
        """As `run_alone`, but the command shares the fate of the programs."""
        return run_alone(command, environment, given, **self._in_group())

    def wait_until_ready(self, program: Program) -> None:
        """Raises `ProgramEndedError` if it, or another program, ends first or it takes too long."""
        deadline = time.monotonic() + program.patience
        while True:
            self.require_all_alive()
            if program.is_ready():
                return
            if time.monotonic() > deadline:
                raise ProgramEndedError(f"{program.name} was not ready after {program.patience:.0f} s")
            time.sleep(_POLL_SECONDS)

    def require_all_alive(self) -> None:
        """Raises `ProgramEndedError` as soon as one has ended."""
        for name, how in self.ended().items():
            raise ProgramEndedError(f"{name} {how}")

    def ended(self) -> dict[str, str]:
        """Who does not run any more, the watchdog included, and how each ended."""
        everyone = {**self._children, WATCHDOG: self._watchdog}
        statuses = {name: child.poll() for name, child in everyone.items()}
        return {name: f"ended with {_describe(status)}" for name, status in statuses.items() if status is not None}

    def kill(self, name: str) -> None:
        """For one that hears nothing any more. It returns when it has ended."""
        self._children[name].kill()
        self._children[name].wait()

    def _stop(self) -> None:
        for name, child in reversed(self._children.items()):
            if child.poll() is None:
                self.tell(f"stopping {name}", "dim")
                child.terminate()
                self._wait(name, child)

    def _wait(self, name: str, child: subprocess.Popen[bytes]) -> None:
        try:
            child.wait(self._grace)
        except subprocess.TimeoutExpired:
            self.tell(f"{name} did not stop within {self._grace:.0f} s and is killed", "red")
            self.kill(name)

    def _end_group(self) -> None:
        """Kill whatever is left, children of children too, and the watchdog, whose group it is."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._watchdog.pid, signal.SIGKILL)
        for child in (*self._children.values(), self._watchdog):
            child.wait()
        for pump in self._pumps.values():
            pump.join(1.0)

    def _in_group(self) -> dict[str, Any]:
        return {"process_group": self._watchdog.pid, "pass_fds": [self._lock]}


def run_alone(command: Sequence[str], environment: Mapping[str, str], given: str = "", **options: Any) -> str:
    """Run a short command to its end and return what it printed. Raises `ProgramEndedError` if it fails.

    `given` is its standard input; what it says on standard error is shown as it comes. `options` are those of `Popen`.
    """
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, env=os.environ | environment, input=given, stdout=subprocess.PIPE, text=True, check=False, **options
    )
    if done.returncode:
        raise ProgramEndedError(f"`{shlex.join(command)}` ended with {_describe(done.returncode)}")
    return done.stdout


def _pump(stream: IO[bytes], name: str, colour: str, console: Console) -> None:
    is_read = True
    with stream:
        for line in stream:
            if is_read:
                try:
                    text = line.decode(errors="replace").rstrip()
                    console.print(Text.assemble((f"{name:<8} | ", colour), text), soft_wrap=True)
                except (OSError, SystemExit):
                    is_read = False  # whoever read us has gone; go on emptying the pipe, or the program stands still


def _describe(status: int) -> str:
    return f"status {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"
