"""What can be wrong with a new password, beside its length."""

from attendance_kit.errors import ServiceError


class PasswordTooCommon(ServiceError):
    status, code, title = 422, "PASSWORD_TOO_COMMON", "This password is among the first that anybody would guess"


class PasswordTellsWho(ServiceError):
    status, code, title = 422, "PASSWORD_TELLS_WHO", "The password holds the name or e-mail address it belongs to"
