"""One look at one photo in a process of its own, so that its peak memory is told: `... crowd_look WAY PHOTO`."""

import json
import resource
import sys
import time
from pathlib import Path

from attendance_evaluation.commands.registering import THREADS
from attendance_evaluation.crowds import WAYS
from attendance_ml.faces import decode_image
from attendance_ml.faces.models import YUNET, ModelStore
from attendance_ml.faces.runtimes import best_runtime
from attendance_ml.faces.selftest import load_detector

STATUS = Path("/proc/self/status")
LOOKS = 3


def main() -> None:
    """Writes detections, the least seconds of three looks, and the most memory that the process has held."""
    way, path = sys.argv[1:]
    detector = load_detector(best_runtime(), ModelStore().path(YUNET.name), threads=THREADS)
    photo = decode_image(Path(path).read_bytes())
    seconds = []
    for _ in range(LOOKS):
        started = time.perf_counter()
        found = WAYS[way](detector, photo)
        seconds.append(time.perf_counter() - started)
    print(json.dumps({"found": found.tolist(), "seconds": min(seconds), "peak": _most_memory()}))


def _most_memory() -> int:
    """Bytes. On Linux `getrusage` would tell the starting process's peak where that was the larger."""
    if STATUS.exists():
        (line,) = (line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
