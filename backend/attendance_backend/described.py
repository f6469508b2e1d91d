"""What any route may answer beside its own errors, told in OpenAPI once for all of them."""

from collections.abc import Iterable, Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from attendance_backend.access import calls_of, permission_of
from attendance_backend.browser import SAFE_METHODS, CrossSiteRequest
from attendance_backend.domains.identity.errors import PermissionDenied
from attendance_backend.domains.replay.errors import IdempotencyKeyReused
from attendance_backend.domains.sign_ins.errors import NotSignedIn
from attendance_backend.once import retriable
from attendance_backend.room import GROWING, SIGNING_IN
from attendance_contract.errors import Problem
from attendance_kit.errors import ServiceError, problem_responses


class DatabaseUnavailable(ServiceError):
    status, code, title = 503, "DATABASE_UNAVAILABLE", "The database is out of reach"


class NoRoom(ServiceError):
    status, code, title = 507, "INSUFFICIENT_STORAGE", "There is no room to keep anything more"


def describe_refusals(routers: Iterable[APIRouter]) -> None:
    """Add to each route what it may answer for what it is: guarded, a change, retriable."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                _describe(route)


def _describe(route: APIRoute) -> None:
    for status, told in problem_responses(Problem, _errors(route)).items():
        own = route.responses.setdefault(status, told)
        if told["description"] not in own["description"]:
            own["description"] = f"{told['description']} · {own['description']}"


def _errors(route: APIRoute) -> Iterator[type[ServiceError]]:
    yield DatabaseUnavailable
    if permission_of(route) is not None:
        yield from (NotSignedIn, PermissionDenied)
        if not (route.methods or set()) <= SAFE_METHODS:
            yield CrossSiteRequest
    if (route.methods or set()) & GROWING and not route.path.startswith(SIGNING_IN):
        yield NoRoom
    if retriable in calls_of(route):
        yield IdempotencyKeyReused
