"""Who may do what: the one table of permissions. What it does not list, nobody may."""

from collections.abc import Mapping

from attendance_backend.domains.identity.schemas import Permission, Role

_USERS = frozenset([Role.ADMINISTRATOR, Role.TEACHER, Role.STUDENT, Role.GUARDIAN])
_OFFICE = frozenset([Role.ADMINISTRATOR])
_STAFF = frozenset([Role.ADMINISTRATOR, Role.TEACHER])
_FAMILY = frozenset([Role.STUDENT, Role.GUARDIAN])
_STUDENT = frozenset([Role.STUDENT])
_DEVICE = frozenset([Role.DEVICE])

GRANTS: Mapping[Permission, frozenset[Role]] = {
    Permission.SEE_SELF: _USERS,
    Permission.MANAGE_USERS: _OFFICE,
    Permission.MANAGE_SCHOOL: _OFFICE,
    Permission.SEE_SCHOOL: _USERS,
    Permission.MANAGE_STUDENTS: _OFFICE,
    Permission.IMPORT_PEOPLE: _OFFICE,
    Permission.SEE_STUDENT: _OFFICE | _FAMILY,
    Permission.MANAGE_CONSENT: _OFFICE,
    Permission.GIVE_CONSENT: _FAMILY,
    Permission.ENROL_FACES: _OFFICE,
    Permission.ENROL_OWN_FACE: _STUDENT,
    Permission.CREATE_SUBJECTS: _OFFICE,
    Permission.SEE_SUBJECTS: _STAFF,
    Permission.MANAGE_ROSTER: _STAFF,
    Permission.TAKE_ATTENDANCE: _STAFF,
    Permission.CORRECT_RECORDS: _STAFF,
    Permission.CHECK_IN: _STUDENT,
    Permission.SEE_RECORDS: _OFFICE | _FAMILY,
    Permission.ASK_FOR_CORRECTION: _STUDENT,
    Permission.ASK_FOR_EXCUSE: _FAMILY,
    Permission.SEE_REPORTS: _STAFF,
    Permission.MANAGE_NOTICES: _OFFICE,
    Permission.SEND_NOTICES: _STAFF,
    Permission.MANAGE_WEBHOOKS: _OFFICE,
    Permission.EXPORT_PERSON: _OFFICE | _STUDENT,
    Permission.ERASE_PERSON: _OFFICE | _STUDENT,
    Permission.READ_AUDIT: _OFFICE,
    Permission.USE_KIOSK: _DEVICE,
}


def may(role: Role, permission: Permission) -> bool:
    """Whether a role has a permission."""
    return role in GRANTS.get(permission, frozenset())
