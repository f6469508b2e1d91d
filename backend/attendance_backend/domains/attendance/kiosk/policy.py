"""What a kiosk's photo may say, as a pure function: of one person, and nothing for certain without liveness."""

from attendance_contract.models import FaceStatus, Liveness, Location, RecognizeAnswer, RecognizedFace


def of_one_person(answer: RecognizeAnswer, live: Liveness | None) -> RecognizeAnswer:
    """The answer with the face before the camera alone, the largest: who passes behind it did not ask to be marked.

    Args:
        answer: what was recognised.
        live: what the photo tells of its being live; None: nobody can tell. Only a live face is named without a human.
    """
    if not answer.faces:
        return answer
    nearest = max(answer.faces, key=lambda face: _area(face.location))
    kept = nearest if live and live.is_live else _for_review(nearest)
    return answer.model_copy(update={"faces": [kept], "count": 1})


def _for_review(face: RecognizedFace) -> RecognizedFace:
    if face.match.status is not FaceStatus.PRESENT:
        return face
    return face.model_copy(update={"match": face.match.model_copy(update={"status": FaceStatus.UNCERTAIN})})


def _area(box: Location) -> int:
    return (box.bottom - box.top) * (box.right - box.left)
