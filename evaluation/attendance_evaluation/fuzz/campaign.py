"""Thousands of hostile photos in several processes at once; what was done is kept, and a campaign broken off goes on.

A process that dies of a photo, or that one keeps too long, is replaced, and the photo is named.
"""

import hashlib
import itertools
import json
import queue
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from statistics import median

from attendance_evaluation.fuzz.mutations import mutant
from attendance_evaluation.fuzz.victim import BROKEN, Fate

PATIENCE = 180.0
"""Seconds of wall time for one photo, the loading of the engine before the first included, on a busy machine."""

ENDING = 10.0
"""Seconds that a process may take to end once it writes no more."""

LONGEST = 12.0
"""Processor seconds for one photo. The HEIC decoder is stopped after 10."""

GROWTH = 32 * 2**20
"""Bytes that a process may hold more in the last quarter of its photos than in the one before, at their medians."""

ENOUGH_FOR_GROWTH = 5_000
"""Photos of one process, below which its memory tells nothing yet: buffers still grow to what the largest needs."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a campaign found. `broken` names photos that ended in anything but a picture or a refusal.

    `growth` is the worst of any process in bytes, None where none saw enough photos.
    """

    images: int
    outcomes: dict[str, int]
    broken: list[str]
    longest_seconds: float
    longest: str
    most_resident: int
    growth: int | None

    @property
    def holds(self) -> bool:
        """Nothing broke, nothing took too long, and memory came back."""
        return not self.broken and self.longest_seconds <= LONGEST and (self.growth or 0) <= GROWTH


def run_campaign(seed: int, images: int, shards: int, folder: Path) -> Verdict:
    """Try mutants 0 to `images` of `seed`, or those that are left of them, in `shards` processes at once."""
    kept = folder / f"{seed}-{images}-{shards}-{_sources()}"
    kept.mkdir(parents=True, exist_ok=True)
    edges = [images * shard // shards for shard in range(shards + 1)]
    with ThreadPoolExecutor(shards) as together:
        runs = [
            together.submit(_run_shard, seed, start, end, kept / f"{start}.jsonl")
            for start, end in itertools.pairwise(edges)
        ]
        return judge(seed, [run.result() for run in runs])


def judge(seed: int, shards: Sequence[Sequence[Fate]]) -> Verdict:
    """The verdict on what became of all photos, by process."""
    fates = [fate for shard in shards for fate in shard]
    slowest = max(fates, key=lambda fate: fate.seconds)
    grown = [growth(shard) for shard in shards if len(shard) >= ENOUGH_FOR_GROWTH]
    return Verdict(
        images=len(fates),
        outcomes=dict(Counter(fate.outcome.partition(":")[0] for fate in fates).most_common()),
        broken=[f"{_named(seed, fate)}: {fate.outcome}" for fate in fates if fate.outcome.startswith(BROKEN)],
        longest_seconds=slowest.seconds,
        longest=_named(seed, slowest),
        most_resident=max(fate.resident for fate in fates),
        growth=max(grown, default=None),
    )


def growth(fates: Sequence[Fate]) -> int:
    """Bytes held more at the median of the last quarter than of the one before. Peaks of single photos don't count."""
    held = [fate.resident for fate in fates if fate.resident]
    quarter = len(held) // 4
    return round(median(held[-quarter:]) - median(held[-2 * quarter : -quarter]))


def _named(seed: int, fate: Fate) -> str:
    return f"{seed}:{fate.number} ({mutant(seed, fate.number).made})"


def _run_shard(seed: int, start: int, end: int, kept: Path) -> list[Fate]:
    fates = _read(kept)
    with kept.open("a", encoding="utf-8") as log:
        while start + len(fates) < end:
            for fate in _endured(seed, start + len(fates), end):
                fates.append(fate)
                log.write(json.dumps(asdict(fate)) + "\n")
                log.flush()
    return fates


def _read(kept: Path) -> list[Fate]:
    """What an earlier run left; a last line that it did not finish is cut off."""
    if not kept.exists():
        return []
    lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]
    kept.write_text("".join(whole), encoding="utf-8")
    return [Fate(**json.loads(line)) for line in whole]


def _endured(seed: int, start: int, end: int) -> Iterator[Fate]:
    """The fates of photos from `start` on, until the process ends; the last may be the one it ended of."""
    command = [sys.executable, "-m", "attendance_evaluation.fuzz.victim", *map(str, (seed, start, end))]
    done = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
        for line in _lines(victim):
            yield Fate(**json.loads(line))
            done += 1
        try:
            victim.wait(ENDING)
        except subprocess.TimeoutExpired:
            victim.kill()
    if done < end - start:
        if not done and victim.returncode > 0:
            raise RuntimeError("the process that takes the photos does not start")
        yield Fate(start + done, f"{BROKEN}: {_ending(victim.returncode)}", 0.0, 0)


def _lines(victim: "subprocess.Popen[str]") -> Iterator[str]:
    """What it writes, until it has ended or nothing has come for `PATIENCE` seconds."""
    written: queue.Queue[str] = queue.Queue()

    def pump() -> None:
        for line in victim.stdout or ():
            written.put(line)
        written.put("")

    threading.Thread(target=pump, daemon=True).start()
    try:
        while line := written.get(timeout=PATIENCE):
            yield line
    except queue.Empty:
        return


def _ending(status: int) -> str:
    if status == -signal.SIGKILL:
        return f"nothing came for {PATIENCE:.0f} s, or it was killed for its memory"
    return f"ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def _sources() -> str:
    """A digest of what is tried and of what tries it: results of other code are not gone on with."""
    digest = hashlib.sha256()
    for package in ("attendance_ml.faces", "attendance_evaluation.fuzz"):
        for path in sorted(Path(str(files(package))).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
