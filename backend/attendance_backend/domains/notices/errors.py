"""What can go wrong with notices."""

from attendance_kit.errors import ServiceError


class OptOutLinkInvalid(ServiceError):
    status, code, title = 400, "OPT_OUT_LINK_INVALID", "This link is none of ours"


class NoMailServer(ServiceError):
    status, code, title = 409, "NO_MAIL_SERVER", "No mail server is set, so no mail can be sent"
