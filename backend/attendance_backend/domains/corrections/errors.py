"""What can go wrong with what somebody asks for."""

from attendance_kit.errors import ServiceError


class RequestOpen(ServiceError):
    status, code, title = (
        409,
        "REQUEST_OPEN",
        "A correction of this record was asked for already, and is not answered yet",
    )


class RequestAnswered(ServiceError):
    status, code, title = 409, "REQUEST_ANSWERED", "This was answered or withdrawn already"
