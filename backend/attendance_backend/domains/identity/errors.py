"""What can go wrong around signing in and users."""

from attendance_kit.errors import ServiceError


class InvalidCredentials(ServiceError):
    status, code, title = 401, "INVALID_CREDENTIALS", "E-mail address or password is wrong"


class NotSignedIn(ServiceError):
    status, code, title = 401, "NOT_SIGNED_IN", "Sign in first"


class PermissionDenied(ServiceError):
    status, code, title = 403, "PERMISSION_DENIED", "Your role may not do this"


class EmailTaken(ServiceError):
    status, code, title = 409, "EMAIL_TAKEN", "There is a user with this e-mail address already"
