"""The tables of `docs/reference` that are made of the program itself: error codes, and who may call what."""

from collections.abc import Iterable, Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from attendance_backend.access import permission_of
from attendance_backend.domains.identity.policy import may
from attendance_backend.domains.identity.schemas import Role
from attendance_backend.kept import Kept, Registry
from attendance_kit.errors import ServiceError

ERRORS = """# Error codes

What `error_code` in a problem document can be, and the status it comes with ([how the API is made](api.md)). Written by
`make openapi`; a test fails where it differs from the program.

| code | status | means |
|---|---|---|
"""
PERMISSIONS = """# Who may call what

Every route, the permission it declares, and the roles that have it ([how the API is made](api.md)). What a role may
reach with it is less: a teacher own subjects and the sessions they take for others, a student themselves, a guardian
the students in their care, a device the sessions of its room today; anything else answers as if it did not exist.
Written by `make openapi`; a test fails where it differs from the program, and another calls every route as everybody.

"""
KEPT = """# What a school keeps, and for how long

Every collection of the database, as it declares itself: what is in it, how long, what an erasure of a face takes out of
it, and whether the person finds it in their export (`GET /api/v1/students/{id}/export.zip`). A program whose collection
declares nothing does not start ([decision 0028](../decisions/0028-every-collection-declares-itself.md)). Written by
`make openapi`; a test fails where it differs from the program.

Beside the database: photos, each sealed with a key of its own, as long as a row below says; data keys in the vault, as
long as what they open, and the ledger of erasures, for ever: a restore needs it;
the program's log, which names people by their ids only, as long as whoever runs it keeps it;
and in memory, for ten minutes, the addresses from which signing in failed.

| collection | what | how long | taken out by an erasure | in the person's export |
|---|---|---|---|---|
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


def kept_table(registry: Registry) -> str:
    """Markdown with a row a collection, sorted by name."""
    return KEPT + "".join(
        f"| `{name}` | {kept.what} | {kept.until} | {kept.erased or ''} | {_in_export(kept)} |\n"
        for name, kept in sorted(registry.items())
    )


def _in_export(kept: Kept) -> str:
    if kept.found_by:
        return "yes" + (f", without {', '.join(f'`{name}`' for name in kept.hides)}" if kept.hides else "")
    return f"no: {kept.apart}" if kept.apart else "no: it names no student"


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
