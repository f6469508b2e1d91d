"""Who is asking, over HTTP. Every route of a domain declares a permission or is public, else nothing starts."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Header, Request
from fastapi.dependencies.models import Dependant
from fastapi.requests import HTTPConnection
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import BaseRoute

from attendance_backend.browser import PLAIN_NAME, SAFE_METHODS, SECURE_NAME, BrowserCookie, Cookie
from attendance_backend.domains.attendance.kiosk.flows import KioskFlows
from attendance_backend.domains.devices.service import DeviceService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.sign_ins.schemas import MAX_DEVICE, AskedFrom
from attendance_backend.domains.sign_ins.service import SignInService
from attendance_backend.domains.substitutions.flows import SubstitutionFlows
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.provide import provided

BEARER = HTTPBearer(auto_error=False, description="The access token that sign-in gives, or a device's key.")


class BrowserCookieScheme(APIKeyCookie):
    """The cookie as OpenAPI shows it. The name there is that without TLS; the installation's own one is read."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        return (await provided(BrowserCookie)(request)).read(request)


COOKIE = BrowserCookieScheme(
    name=PLAIN_NAME,
    scheme_name="APIKeyCookie",
    auto_error=False,
    description=(
        f"The cookie that signing in a browser sets; over TLS its name is `{SECURE_NAME}`. What is not a "
        f"{', '.join(sorted(SAFE_METHODS))} must come from our own page. A bearer token counts before it."
    ),
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
Token = Annotated[str | None, Depends(COOKIE)]


@dataclass(frozen=True)
class Asking:
    """What a request shows of who sends it, to be looked at now and, where the answer lasts, again."""

    request: Request
    bearer: HTTPAuthorizationCredentials | None
    token: str | None
    cookie: BrowserCookie
    sign_ins: SignInService
    devices: DeviceService

    async def caller(self) -> Caller:
        """Who is asking: a device by its key, others by bearer token or, in a browser, by cookie.

        Raises:
            NotSignedIn: by neither.
            CrossSiteRequest: by cookie, for a change, from a page that is not ours.
        """
        if self.bearer or self.token is None:
            given = self.bearer.credentials if self.bearer else ""
            return await self.devices.caller(given) or await self.sign_ins.caller(given)
        if self.request.method not in SAFE_METHODS:
            self.cookie.check_own_page(self.request)
        return await self.sign_ins.browser_caller(self.token)


async def _asking(
    request: Request,
    bearer: Bearer,
    token: Token,
    cookie: Cookie,
    sign_ins: Annotated[SignInService, Depends(provided(SignInService))],
    devices: Annotated[DeviceService, Depends(provided(DeviceService))],
) -> Asking:
    return Asking(request, bearer, token, cookie, sign_ins, devices)


Asked = Annotated[Asking, Depends(_asking)]


async def signed_in(asking: Asked) -> Caller:
    """Who is asking, as `Asking.caller` has it."""
    return await asking.caller()


async def _asked_from(
    request: Request, cookie: Cookie, user_agent: Annotated[str, Header(include_in_schema=False)] = ""
) -> AskedFrom:
    address = request.client.host if request.client else ""
    return AskedFrom(user_agent[:MAX_DEVICE], address, cookie.read_device(request))


From = Annotated[AskedFrom, Depends(_asked_from)]
"""Where a request comes from, for routes that sign somebody in or see a password."""


@dataclass(frozen=True)
class Areas:
    """Who knows what a caller may do and touch."""

    identity: IdentityService
    teaching: TeachingService
    substitutions: SubstitutionFlows
    kiosk: KioskFlows
    people: PeopleService

    async def allow(self, caller: Caller, permission: Permission) -> Caller:
        """The caller with what they may touch, if they have the permission."""
        self.identity.check(caller, permission)
        for area in (self.teaching, self.substitutions, self.kiosk, self.people):
            caller = await area.reach_of(caller)
        return caller


async def _areas(
    identity: Annotated[IdentityService, Depends(provided(IdentityService))],
    teaching: Annotated[TeachingService, Depends(provided(TeachingService))],
    substitutions: Annotated[SubstitutionFlows, Depends(provided(SubstitutionFlows))],
    kiosk: Annotated[KioskFlows, Depends(provided(KioskFlows))],
    people: Annotated[PeopleService, Depends(provided(PeopleService))],
) -> Areas:
    return Areas(identity, teaching, substitutions, kiosk, people)


Known = Annotated[Areas, Depends(_areas)]


class Allowed:
    """A dependency that yields the caller with what they may touch, if they have the permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, caller: Annotated[Caller, Depends(signed_in)], areas: Known) -> Caller:
        return await areas.allow(caller, self.permission)


Again = Callable[[], Awaitable[Caller]]
"""Who asked, looked at anew: raises as the first look did, once they are signed out or may not any more."""


class AllowedStill:
    """A dependency that yields `Again`, for an answer that lasts."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, asking: Asked, areas: Known) -> Again:
        async def again() -> Caller:
            return await areas.allow(await asking.caller(), self.permission)

        return again


def allowed(permission: Permission) -> Any:
    """The permission a route needs, declared where it takes its caller."""
    return Depends(Allowed(permission))


def allowed_still(permission: Permission) -> Any:
    """The permission of a route whose answer lasts, to be asked about again beside `allowed`."""
    return Depends(AllowedStill(permission))


class Public:
    """A dependency that marks a route as one that needs no sign-in."""

    async def __call__(self) -> Self:
        return self


PUBLIC = Depends(Public())


def permission_of(route: APIRoute) -> Permission | None:
    """What a caller of the route needs; None: nothing, it is public.

    Raises:
        UndeclaredRouteError: nobody said.
    """
    for call in calls_of(route):
        if isinstance(call, Allowed):
            return call.permission
        if isinstance(call, Public):
            return None
    raise UndeclaredRouteError(str(route))


def check_permissions(routers: Iterable[APIRouter]) -> None:
    """Refuse to start with a route of which nobody said who may call it.

    Raises:
        UndeclaredRouteError: naming the routes.
    """
    routes = [route for router in routers for route in router.routes]
    undeclared = [str(route) for route in routes if not _declares(route)]
    if undeclared:
        raise UndeclaredRouteError(", ".join(undeclared))


class UndeclaredRouteError(Exception):
    """Routes without a declared permission."""


def _declares(route: BaseRoute) -> bool:
    if not isinstance(route, APIRoute):
        return False
    try:
        permission_of(route)
    except UndeclaredRouteError:
        return False
    return True


def calls_of(route: APIRoute) -> Iterator[object]:
    """What FastAPI calls for a route: its own function, and every dependency at any depth."""
    return _calls(route.dependant)


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
