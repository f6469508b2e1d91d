"""What can go wrong when a face is enrolled, beside what the ML service says of a photo."""

from attendance_backend.ports.faces import MlAnswerInvalid, MlUnavailable, PhotoRefused
from attendance_kit.errors import NotFound, ServiceError


class NotSamePerson(ServiceError):
    status, code, title = 422, "NOT_SAME_PERSON", "The face is not that of the photos enrolled before"


class TooManyFacePhotos(ServiceError):
    status, code, title = 422, "TOO_MANY_FACE_PHOTOS", "The student has as many photos as can be kept"


class EnrolmentConflict(ServiceError):
    status, code, title = 409, "ENROLMENT_CONFLICT", "The face data was changed meanwhile; try again"


FAILURES: list[type[ServiceError]] = [
    NotFound,
    NotSamePerson,
    TooManyFacePhotos,
    EnrolmentConflict,
    MlUnavailable,
    MlAnswerInvalid,
    *PhotoRefused.__subclasses__(),
]
"""How enrolling photos may end, for the description of the routes that do."""
