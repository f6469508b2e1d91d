"""Photos for those who are killed at work: played ones for the played ML service, true ones for the true one."""

import random
from pathlib import Path

from backend.tests.simulator import photo_of

from attendance_ml.samples import compose_class, sample_photo, sample_portrait

UNIQUE_BITS = 64
ENROLLED = {"president": ("obama.jpg", "obama2.jpg"), "admiral": ("grace_hopper.jpg",)}


class PlayedCamera:
    names = ("ann", "ben", "cleo", "dora", "emil", "fay")

    def portraits(self, name: str) -> list[bytes]:
        return [photo_of(name, shot=shot) for shot in range(2)]

    def class_photo(self, rng: random.Random) -> tuple[bytes, list[str | None]]:
        shown = rng.sample(self.names, rng.randint(1, 4))
        photo = photo_of(*shown, "zed", shot=rng.getrandbits(UNIQUE_BITS))
        return photo, [*shown, None]


class TrueCamera:
    """The same class each time, in a file that says something else at its end: another photo to whoever keeps it."""

    names = tuple(ENROLLED)

    def __init__(self, folder: Path) -> None:
        path = folder / "class.jpg"
        people = [sample_portrait(name) for name in ("obama3.jpg", "biden.jpg", "grace_hopper.jpg")]
        compose_class(people, size=(1280, 960), face_width=150).save(path)
        self._photo = path.read_bytes()

    def portraits(self, name: str) -> list[bytes]:
        return [sample_photo(photo).read_bytes() for photo in ENROLLED[name]]

    def class_photo(self, rng: random.Random) -> tuple[bytes, list[str | None]]:
        return self._photo + rng.randbytes(UNIQUE_BITS // 8), ["president", "admiral", None]
