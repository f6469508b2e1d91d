"""Memory of the ML service over many photos of mixed sizes and kinds: whether it is flat at the end."""

import io
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from threading import Lock, Thread

import numpy as np
from PIL import Image

from attendance_bench.bare import Bare
from attendance_bench.machine import ROOT, facts
from attendance_bench.people import timed_class
from attendance_bench.servers import Server, ml_server

CALLERS = 4
READINGS = 100
SIZES = ((640, 480), (1280, 960), (1920, 1280), (2592, 1944), (4000, 3000))
SHARES = (60, 20, 12, 5, 3)
"""Of every hundred photos, so many of each size: a small one takes as many paths through the code as a large one."""

KINDS = ("JPEG", "JPEG", "JPEG", "PNG", "WEBP")
BROKEN_EVERY, EMPTY_EVERY = 29, 17
RESULT = ROOT / "var" / "memory.json"


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident megabytes after each reading, and by how many they grow over a thousand photos in the last half."""

    photos: int
    at_rest: float
    most: float
    at_end: float
    growth: float
    readings: list[float]


@dataclass(frozen=True, slots=True)
class _Sent:
    path: str
    body: bytes


def measure_memory(*, photos: int) -> None:
    """Prints memory over time, and keeps it in `var/memory.json`."""
    sent = list(_mixed())
    with ml_server() as server:
        at_rest = server.resident_mb()
        readings = list(_send(server, sent, photos))
    found = Memory(photos, at_rest, max(readings), readings[-1], growth(readings, photos), readings)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(asdict(found) | {"machine": facts()}, indent=2), encoding="utf-8")
    for position in range(0, len(readings), max(len(readings) // 10, 1)):
        print(f"after {(position + 1) * photos // len(readings):6} photos {readings[position]:.0f} MB")
    print(
        f"at rest {at_rest:.0f} MB, at most {found.most:.0f}, at the end {found.at_end:.0f}; "
        f"over the last half {found.growth:+.1f} MB in 1,000 photos"
    )


def growth(readings: Sequence[float], photos: int) -> float:
    """Slope of a straight line through the last half of the readings, in their unit per thousand photos."""
    last = readings[len(readings) // 2 :]
    if len(last) < 2:  # noqa: PLR2004  # a line needs two points
        return 0.0
    slope, _ = np.polyfit(np.arange(len(last)) * photos / len(readings) / 1000, last, 1)
    return float(slope)


def _mixed() -> Iterator[_Sent]:
    """A hundred calls to send again and again: class photos in every size and kind, some empty, some broken."""
    chance, people = random.Random(4), timed_class(Bare().engine)
    sizes = [size for size, share in zip(SIZES, SHARES, strict=True) for _ in range(share)]
    large, small = (Image.open(io.BytesIO(body)) for body in (people.class_photo(SIZES[-1]), people.portrait()))
    pictures = {size: large.resize(size) for size in SIZES[1:]} | {SIZES[0]: small}
    chance.shuffle(sizes)
    for number, size in enumerate(sizes, 1):
        image = pictures[size]
        cut = image.crop((0, 0, size[0] - chance.randrange(64), size[1] - chance.randrange(64)))
        shown = Image.new("RGB", cut.size, (90, 120, 90)) if number % EMPTY_EVERY == 0 else cut
        body = _encoded(shown, chance.choice(KINDS))
        path = chance.choice(("detect-faces", "encode-face", "detect-faces?upright=true"))
        yield _Sent(path, body[: len(body) // 2] if number % BROKEN_EVERY == 0 else body)


def _encoded(image: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **({"compress_level": 1} if kind == "PNG" else {"quality": 85}))
    return stream.getvalue()


def _send(server: Server, sent: Sequence[_Sent], photos: int) -> Iterator[float]:
    """Send them by several callers at once; yield the memory each time a hundredth of them has been answered."""
    numbers, taking = iter(range(photos)), Lock()

    def call(until: int) -> None:
        connection = server.connect()
        while True:
            with taking:
                number = next(numbers, None) if answered[0] < until else None
                answered[0] += number is not None
            if number is None:
                return
            each = sent[number % len(sent)]
            server.post(connection, f"/api/ml/{each.path}", each.body)

    answered = [0]
    for reading in range(1, READINGS + 1):
        until = photos * reading // READINGS
        threads = [Thread(target=call, args=(until,)) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        yield server.resident_mb()
