"""For tests: the whole product started as a person starts it, and a look at which processes are left.

Needs psutil, which only the developing environment has; no command imports this.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from attendance_cli.api import Api
from attendance_cli.running import RunRecord, find_running

COMMAND = Path(sys.executable).with_name("smart-attendance")
_READY_SECONDS, _GONE_SECONDS = 120.0, 60.0
_MARKS = {
    "secantus": "database",
    "attendance_ml": "ml",
    "attendance_backend.lan": "doorway",
    "attendance_backend": "backend",
    "watchdog.py": "watchdog",
}


@dataclass(frozen=True, slots=True)
class StartedUp:
    """A running `smart-attendance up`, where it says what, and the processes below it by name as it was ready."""

    process: subprocess.Popen[bytes]
    home: Path
    log: Path
    record: RunRecord
    programs: dict[str, int]

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def programs_now(self) -> dict[str, int]:
        """The processes below it at this moment."""
        return _programs(self.process.pid)

    def api(self) -> Api:
        return Api(self.record.address, Path(self.record.ca) if self.record.ca else None)

    def end(self, number: int) -> int:
        """Send a signal and return the status it ends with."""
        self.process.send_signal(number)
        return self.process.wait(_GONE_SECONDS)


def start_up(home: Path, log: Path, *options: str) -> StartedUp:
    """Start `up` on free ports and return it ready. Raises `RuntimeError`, with what it said, if it never is."""
    command = [str(COMMAND), "up", "--port", "0", "--ml-port", "0", "--data", str(home), *options]
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=os.environ | {"COLUMNS": "200"})
    deadline = time.monotonic() + _READY_SECONDS
    while not (record := find_running(home)):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(log.read_text(encoding="utf-8"))
        time.sleep(0.05)
    return StartedUp(process, home, log, record, _programs(process.pid))


def run_command(*arguments: str | Path, given: str = "", seconds: float = 180) -> subprocess.CompletedProcess[str]:
    """Run `smart-attendance` to its end; `given` is its standard input."""
    return subprocess.run(
        [COMMAND, *arguments], input=given, capture_output=True, text=True, check=False, timeout=seconds
    )


def survivors(pids: Iterable[int], seconds: float = _GONE_SECONDS) -> set[int]:
    """Those processes that still run after they had time to end; an empty set as soon as all are gone."""
    left, deadline = set(pids), time.monotonic() + seconds
    while left and time.monotonic() < deadline:
        left = {pid for pid in left if _runs(pid)}
        time.sleep(0.02)
    return left


def _programs(pid: int) -> dict[str, int]:
    children = [(child.pid, " ".join(child.cmdline())) for child in psutil.Process(pid).children(recursive=True)]
    return {next((name for mark, name in _MARKS.items() if mark in line), line): child for child, line in children}


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
