"""What can go wrong around signing in and staying signed in."""

from attendance_kit.errors import ServiceError


class InvalidCredentials(ServiceError):
    status, code, title = 401, "INVALID_CREDENTIALS", "E-mail address or password is wrong"


class NotSignedIn(ServiceError):
    status, code, title = 401, "NOT_SIGNED_IN", "Sign in first"


class RefreshTokenInvalid(ServiceError):
    status, code, title = 401, "REFRESH_TOKEN_INVALID", "This refresh token is none, is over or was used: sign in again"
