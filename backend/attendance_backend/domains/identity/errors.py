"""What can go wrong with users and what they may do."""

from attendance_kit.errors import ServiceError


class PermissionDenied(ServiceError):
    status, code, title = 403, "PERMISSION_DENIED", "Your role may not do this"


class EmailTaken(ServiceError):
    status, code, title = 409, "EMAIL_TAKEN", "There is a user with this e-mail address already"
