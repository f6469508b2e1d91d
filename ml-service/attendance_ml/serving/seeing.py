"""What a call sees on its photo, and works on: every face, or the largest where there are more than are allowed."""

from collections.abc import Sequence
from dataclasses import dataclass

from attendance_contract.models import DetectOptions, RecognizeOptions
from attendance_ml.faces import DetectedFace, FaceEngine, Photo, decode_image


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo, the faces worked on, left to right, and how many more were found."""

    photo: Photo
    faces: list[DetectedFace]
    left_out: int


def see(engine: FaceEngine, image: bytes, options: DetectOptions | RecognizeOptions, most: int) -> Seen:
    """The faces on a photo, at most `most`. Raises a `FacesError` where the bytes are none that is taken."""
    photo = decode_image(image)
    found = engine.detect(
        photo,
        min_face_size=options.min_face_size,
        min_face_area_ratio=options.min_face_area_ratio,
        expected_faces=options.expected_faces,
    )
    kept = largest(found, most)
    return Seen(photo, kept, len(found) - len(kept))


def largest(found: Sequence[DetectedFace], most: int) -> list[DetectedFace]:
    """The `most` largest of them, in the order they came in."""
    chosen = sorted(range(len(found)), key=lambda index: -found[index].size)[:most]
    return [found[index] for index in sorted(chosen)]
