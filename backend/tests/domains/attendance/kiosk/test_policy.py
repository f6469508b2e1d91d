"""What a kiosk's photo may say: of the nearest person alone, and nothing for certain unless they are live."""

from typing import Any

import pytest
from backend.tests.simulator import MODEL, Simulator, photo_of

from attendance_backend.domains.attendance.kiosk.policy import of_one_person
from attendance_contract.models import FaceStatus, Liveness, RecognizeAnswer

LIVE = Liveness(score=0.9, is_live=True, reasons=[])
FLAT = Liveness(score=0.1, is_live=False, reasons=["looks_like_a_photo"])


def answer(*faces: tuple[int, str]) -> RecognizeAnswer:
    """An answer with faces of these widths and statuses."""
    played = Simulator()._recognize(photo_of(*["x"] * len(faces)), {"students": []}, _asked())
    for shown, (width, status) in zip(played["faces"], faces, strict=True):
        shown["location"] = {"top": 0, "left": 0, "right": width, "bottom": width}
        known = None if status == "unknown" else f"student-{shown['match']['face_index']}"
        shown["match"] |= {"status": status, "student_id": known}
    return RecognizeAnswer.model_validate(played)


def _asked() -> dict[str, Any]:
    return {"confident_threshold": "0.5", "uncertain_threshold": "0.6", "gallery_id": "gallery-1", "model": MODEL}


@pytest.mark.parametrize(
    ("live", "seen", "told"),
    [
        (LIVE, "present", FaceStatus.PRESENT),
        (FLAT, "present", FaceStatus.UNCERTAIN),
        (None, "present", FaceStatus.UNCERTAIN),
        (LIVE, "uncertain", FaceStatus.UNCERTAIN),
        (FLAT, "unknown", FaceStatus.UNKNOWN),
        (None, "unknown", FaceStatus.UNKNOWN),
    ],
)
def test_only_a_live_face_is_named_without_a_human(live: Liveness | None, seen: str, told: FaceStatus) -> None:
    (face,) = of_one_person(answer((100, seen)), live).faces

    assert face.match.status is told


def test_who_passes_behind_is_not_looked_at() -> None:
    kept = of_one_person(answer((30, "present"), (200, "unknown"), (60, "present")), LIVE)

    assert [(face.location.right, face.match.status) for face in kept.faces] == [(200, FaceStatus.UNKNOWN)]
    assert kept.count == 1
    assert of_one_person(answer(), LIVE).faces == []
