"""What can go wrong with trying too often."""

from attendance_kit.errors import ServiceError


class TooManyAttempts(ServiceError):
    status, code, title = 429, "TOO_MANY_ATTEMPTS", "Too many attempts failed; wait a little"
