"""What can go wrong with changing and confirming an address."""

from attendance_kit.errors import ServiceError


class NoMailSent(ServiceError):
    status, code, title = 409, "NO_MAIL_SENT", "No mail is sent from here: the office changes and confirms addresses"


class SignInTooOld(ServiceError):
    status, code, title = 403, "SIGN_IN_TOO_OLD", "Sign in again first: the account has no password to show"
