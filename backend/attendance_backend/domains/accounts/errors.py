"""What can go wrong with accounts and the links to them."""

from attendance_kit.errors import ServiceError


class LinkInvalid(ServiceError):
    status, code, title = 422, "LINK_INVALID", "This link is none of ours, was used, was taken back or is over"


class LastAdministrator(ServiceError):
    status, code, title = 409, "LAST_ADMINISTRATOR", "Nobody would be left who can run the institution"


class RoleFixed(ServiceError):
    status, code, title = 409, "ROLE_FIXED", "Students and guardians keep their role; invite them again instead"
