"""What can go wrong with a OneRoster archive as a whole; what is wrong with its rows is told in the report."""

from attendance_kit.errors import ServiceError


class NoOneRoster(ServiceError):
    status, code, title = 422, "NO_ONEROSTER", "The ZIP is no OneRoster 1.2 archive"
