"""What can go wrong with captures that were given up."""

from attendance_kit.errors import ServiceError


class CaptureNotGivenUp(ServiceError):
    status, code, title = 409, "CAPTURE_NOT_GIVEN_UP", "The photo was not given up: it can't be used"
