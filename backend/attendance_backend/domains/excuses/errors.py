"""What can go wrong while somebody is excused."""

from attendance_kit.errors import ServiceError


class SubjectNeeded(ServiceError):
    status, code, title = (
        422,
        "SUBJECT_NEEDED",
        "A teacher excuses from an own subject; from all of them, the office does",
    )
