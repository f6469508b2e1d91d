"""The tables of `docs/reference` that are made of the program itself: error codes, and who may call what."""

from collections.abc import Iterable, Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from attendance_backend.access import permission_of
from attendance_backend.domains.identity.policy import may
from attendance_backend.domains.identity.schemas import Role
from attendance_kit.errors import ServiceError

ERRORS = """# Error codes

What `error_code` in a problem document can be, and the status it comes with ([how the API is made](api.md)). Written by
`make openapi`; a test fails where it differs from the program.

| code | status | means |
|---|---|---|
"""
PERMISSIONS = """# Who may call what

Every route, the permission it declares, and the roles that have it ([how the API is made](api.md)). What a role may
reach with it is less: a teacher own subjects, a student themselves, a guardian the students in their care;
anything else answers as if it did not exist. Written by `make openapi`; a test fails where it
differs from the program, and another calls every route as everybody.

"""
ROLES = [role for role in Role if role is not Role.SYSTEM]


def error_table() -> str:
    """Markdown with a row a code, sorted by code. Only classes that are loaded are known: import the program first."""
    rows = {(error.code, error.status): error.title for error in _below(ServiceError)}
    return ERRORS + "".join(f"| `{code}` | {status} | {title} |\n" for (code, status), title in sorted(rows.items()))


def _below(error: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield error
    for narrower in error.__subclasses__():
        yield from _below(narrower)


def permission_table(routers: Iterable[APIRouter]) -> str:
    """Markdown with a row a route, in the order of the program.

    Raises:
        UndeclaredRouteError: a route declares no permission.
    """
    head = f"| route | permission | {' | '.join(ROLES)} |\n|---|---|{'---|' * len(ROLES)}\n"
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    return PERMISSIONS + head + "".join(_permission_row(route) for route in routes)


def _permission_row(route: APIRoute) -> str:
    permission, name = permission_of(route), f"{' '.join(sorted(route.methods or ()))} {route.path}"
    if permission is None:
        return f"| `{name}` | none: public |{' yes |' * len(ROLES)}\n"
    grants = "".join(" yes |" if may(role, permission) else " |" for role in ROLES)
    return f"| `{name}` | {permission} |{grants}\n"
