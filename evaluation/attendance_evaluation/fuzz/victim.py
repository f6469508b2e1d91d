"""The process that hostile photos are given to: `python -m attendance_evaluation.fuzz.victim SEED START END`.

It writes a line of JSON after each photo, so that whoever reads them knows which one it died of.
"""

import json
import os
import resource
import sys
import time
from dataclasses import asdict, dataclass

import psutil

from attendance_evaluation.commands.registering import measured_engine
from attendance_evaluation.fuzz.mutations import mutant
from attendance_ml.faces import FaceEngine, FacesError, Precision, decode_image

MEMORY_LIMIT = 3 * 2**30
"""Bytes of address space beyond those of the loaded engine: far above any photo within the limits."""

SEEN, BROKEN = "seen", "broken"


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one photo: `outcome` is `seen`, the code it was refused with, or `broken` and how.

    `seconds` are the processor's, child processes included; `resident` bytes are held after it.
    """

    number: int
    outcome: str
    seconds: float
    resident: int


def endure(engine: FaceEngine, data: bytes) -> str:
    """Decode a photo, find its faces and embed them, as a call of the service does."""
    try:
        photo = decode_image(data)
        engine.embed(photo, engine.detect(photo, min_face_size=12, min_face_area_ratio=0), flip=False)
    except FacesError as refused:
        short_of_memory = isinstance(refused.__cause__, MemoryError)
        return f"{BROKEN}: out of memory" if short_of_memory else refused.code.value
    except Exception as error:  # noqa: BLE001  # whatever else comes out is what is looked for
        return f"{BROKEN}: {type(error).__name__}: {error}"
    return SEEN


def main() -> None:
    seed, start, end = map(int, sys.argv[1:])
    engine, process = measured_engine(Precision.F32), psutil.Process()
    if sys.platform == "linux":
        limit = process.memory_info().vms + MEMORY_LIMIT
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in range(start, end):
        data = mutant(seed, number).data
        before = _processor_seconds()
        outcome = endure(engine, data)
        fate = Fate(number, outcome, round(_processor_seconds() - before, 3), process.memory_info().rss)
        print(json.dumps(asdict(fate)), flush=True)


def _processor_seconds() -> float:
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


if __name__ == "__main__":
    main()
