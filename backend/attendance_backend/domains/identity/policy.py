"""Who may do what: the one table of permissions. What it does not list, nobody may."""

from collections.abc import Mapping

from attendance_backend.domains.identity.schemas import Permission, Role

_ADMINISTRATOR = frozenset([Role.ADMINISTRATOR])
_STAFF = frozenset([Role.ADMINISTRATOR, Role.TEACHER])

GRANTS: Mapping[Permission, frozenset[Role]] = {
    Permission.SEE_SELF: _STAFF,
    Permission.MANAGE_USERS: _ADMINISTRATOR,
    Permission.MANAGE_STUDENTS: _ADMINISTRATOR,
    Permission.MANAGE_CONSENT: _ADMINISTRATOR,
    Permission.ENROL_FACES: _ADMINISTRATOR,
    Permission.CREATE_SUBJECTS: _ADMINISTRATOR,
    Permission.SEE_SUBJECTS: _STAFF,
    Permission.MANAGE_ROSTER: _STAFF,
    Permission.TAKE_ATTENDANCE: _STAFF,
    Permission.CORRECT_RECORDS: _STAFF,
}


def may(role: Role, permission: Permission) -> bool:
    """Whether a role has a permission."""
    return role in GRANTS.get(permission, frozenset())
