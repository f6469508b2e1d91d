"""What a process spends its processor time on, looked at from outside while it works: py-spy's samples, counted."""

import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from attendance_bench.machine import ROOT

PY_SPY = ROOT / ".venvs" / "bench" / "bin" / "py-spy"
SAMPLES_A_SECOND = 100
SHOWN = 25


@dataclass(frozen=True)
class Spent:
    """A function and its share of the samples: `own` where it was at work itself, `whole` with all it called."""

    function: str
    own: float
    whole: float


def profile(pid: int, seconds: float, out: Path) -> list[Spent]:
    """The functions of a Python process that cost most, the dearest first; the stacks stay in the file.

    Raises:
        RuntimeError: the process can't be looked at.
    """
    command: list[str | Path] = [
        PY_SPY,
        "record",
        "--pid",
        str(pid),
        "--duration",
        f"{seconds:.0f}",
        "--rate",
        str(SAMPLES_A_SECOND),
    ]
    command += ["--format", "raw", "--output", out, "--nonblocking"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"py-spy: {done.stderr.strip()[-300:]}")
    return spent(out.read_text(encoding="utf-8"))


def spent(stacks: str) -> list[Spent]:
    """Of stacks as py-spy writes them: functions from the outside in, separated by semicolons, and how often."""
    own, whole = Counter[str](), Counter[str]()
    for line in stacks.splitlines():
        stack, _, told = line.rpartition(" ")
        functions = [_function(frame) for frame in stack.split(";")]
        own[functions[-1]] += int(told)
        whole.update(dict.fromkeys(functions, int(told)))
    total = max(own.total(), 1)
    dearest = sorted(whole, key=lambda function: -own[function])
    return [Spent(function, own[function] / total, whole[function] / total) for function in dearest]


def _function(frame: str) -> str:
    """A frame without its line, which is another each time."""
    return frame.rpartition(":")[0] + ")" if ":" in frame else frame
