"""Small programs for tests to start, kill and look at, and a supervising process to be killed itself."""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from attendance_cli.supervision import Program

SLEEP = "import time; time.sleep(600)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
PATIENCE_SECONDS = 120.0


def program(name: str, script: str, *, ready: bool = True, patience: float = 30) -> Program:
    return Program(name, [sys.executable, "-u", "-c", script], {}, lambda: ready, patience=patience)


def written_to_memory() -> Console:
    return Console(file=io.StringIO(), width=200)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


SUPERVISING = """
import json, sys
from pathlib import Path
from attendance_cli.keeping import keep_running
from attendance_cli.restarts import Pace
from attendance_cli.running import LOCK_NAME, owning
from attendance_cli.supervision import Program, StopAsked, Supervisor, stop_signals
from rich.console import Console

home, grace, scripts, wait = Path(sys.argv[1]), float(sys.argv[2]), json.loads(sys.argv[3]), float(sys.argv[4])
console = Console(stderr=True)
try:
    with stop_signals(), owning(home) as lock, Supervisor(home / LOCK_NAME, lock, console, grace=grace) as running:
        for name, script in scripts.items():
            program = Program(name, [sys.executable, "-c", script], {}, (home / name).exists)
            running.start(program)
            running.wait_until_ready(program)
        print(json.dumps(running.pids | {"watchdog": running._watchdog.pid}), flush=True)
        keep_running(running, Pace(first_wait=wait))
except StopAsked:
    pass
"""


@contextmanager
def supervising(
    home: Path, grace: float, wait: float = 1.0
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, int]]]:
    """A process that keeps two programs running, with its watchdog, all ready: the process, and the pids by name.

    `wait`: seconds before one that died is started again. What it says to people is in `said` of the folder.
    """
    scripts = {
        "obedient": f"open({str(home / 'obedient')!r}, 'w'); {SLEEP}",
        "stubborn": f"{DEAF}; open({str(home / 'stubborn')!r}, 'w'); {SLEEP}",
    }
    command = [sys.executable, "-c", SUPERVISING, str(home), str(grace), json.dumps(scripts), str(wait)]
    with (home / "said").open("w") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said)
    assert process.stdout
    yield process, json.loads(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
