"""What can go wrong while somebody checks in."""

from attendance_kit.errors import ServiceError


class CodeRefused(ServiceError):
    """Why is not told: whoever guesses would learn from it. The audit log knows."""

    status, code, title = 422, "CODE_REFUSED", "This code is not valid here, or not any more"


class NoCodeShown(ServiceError):
    status, code, title = 409, "NO_CODE_SHOWN", "This session shows no code: start one first"


class TriesUsedUp(ServiceError):
    status, code, title = 409, "TRIES_USED_UP", "Too many wrong codes for this session: ask your teacher to mark you"


class FaceTooLate(ServiceError):
    status, code, title = 409, "FACE_TOO_LATE", "The photo came too long after the code: enter the present code"


class FaceNotMatched(ServiceError):
    status, code, title = 422, "FACE_NOT_MATCHED", "The photo does not show the face that was enrolled"


class NoFaceEnrolled(ServiceError):
    status, code, title = 409, "NO_FACE_ENROLLED", "No face is enrolled to compare with: ask your teacher to mark you"
