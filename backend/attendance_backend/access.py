"""Who is asking, over HTTP. Every route of a domain declares a permission or is public, else nothing starts."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.provide import provided

BEARER = HTTPBearer(auto_error=False, description="The access token that sign-in gives.")


class Allowed:
    """A dependency that yields the caller with what they may touch, if they have the permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(
        self,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
        identity: Annotated[IdentityService, Depends(provided(IdentityService))],
        teaching: Annotated[TeachingService, Depends(provided(TeachingService))],
    ) -> Caller:
        caller = identity.authorise(given.credentials if given else "", self.permission)
        return await teaching.reach_of(caller)


def allowed(permission: Permission) -> Any:
    """The permission a route needs, declared where it takes its caller."""
    return Depends(Allowed(permission))


class Public:
    """A dependency that marks a route as one that needs no sign-in."""

    def __call__(self) -> Self:
        return self


PUBLIC = Depends(Public())


def check_permissions(routers: Iterable[APIRouter]) -> None:
    """Refuse to start with a route of which nobody said who may call it.

    Raises:
        UndeclaredRouteError: naming the routes.
    """
    routes = [route for router in routers for route in router.routes]
    undeclared = [str(route) for route in routes if not (isinstance(route, APIRoute) and _declares(route))]
    if undeclared:
        raise UndeclaredRouteError(", ".join(undeclared))


class UndeclaredRouteError(Exception):
    """Routes without a declared permission."""


def _declares(route: APIRoute) -> bool:
    return any(isinstance(call, Allowed | Public) for call in _calls(route.dependant))


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
