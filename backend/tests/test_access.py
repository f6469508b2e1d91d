"""Who may call what."""

import inspect
import json
from pathlib import Path

import pytest
from backend.tests.conftest import Class, Person, new_teacher
from fastapi import APIRouter
from fastapi.routing import APIRoute

from attendance_backend.access import PUBLIC, UndeclaredRouteError, calls_of, check_permissions
from attendance_backend.domains.identity.policy import GRANTS, may
from attendance_backend.domains.identity.schemas import Permission, Role
from attendance_backend.wiring.domains import ROUTES

OPEN_TO_ALL = {
    *[f"/api/v1/auth/{way}" for way in ("browser", "sign-in", "sign-out", "refresh")],
    *[f"/api/v1/{way}" for way in ("invitations/accept", "auth/password-reset", "auth/password-reset/complete")],
    "/api/v1/auth/email/confirm",
    "/api/v1/auth/providers",
    "/api/v1/notices/opt-out/{opt_out_token}",
    *[f"/api/v1/auth/providers/{{provider_id}}/{way}" for way in ("departure", "return")],
    *["/health", "/health/live", "/health/ready"],
}
PERSONAL = {
    Permission.GIVE_CONSENT,
    Permission.ENROL_OWN_FACE,
    Permission.CHECK_IN,
    Permission.ASK_FOR_CORRECTION,
    Permission.ASK_FOR_EXCUSE,
    Permission.USE_KIOSK,
}
"""What nobody does for others."""
OPENAPI = Path(__file__).parents[1] / "openapi.json"


def test_a_route_of_which_nobody_said_who_may_call_it_stops_the_start() -> None:
    router = APIRouter()
    router.add_api_route("/told", lambda: None, dependencies=[PUBLIC])
    check_permissions([router])
    router.add_api_route("/forgotten", lambda: None)

    with pytest.raises(UndeclaredRouteError, match="forgotten"):
        check_permissions([router])


def test_no_call_goes_through_a_thread_before_it_is_answered() -> None:
    """FastAPI runs what is no coroutine in a thread, of which there are forty: it took longer than the work itself."""
    routes = [route for module in ROUTES for route in module.router.routes if isinstance(route, APIRoute)]

    in_threads = {
        f"{route.path}: {call}"
        for route in routes
        for call in calls_of(route)
        if not (inspect.isasyncgenfunction(call) or any(map(inspect.iscoroutinefunction, (call, type(call).__call__))))
    }

    assert len(routes) > 100
    assert in_threads == set()


def test_every_route_but_sign_in_and_health_asks_who_is_there() -> None:
    paths = json.loads(OPENAPI.read_text())["paths"]

    unguarded = {path for path, item in paths.items() for operation in item.values() if "security" not in operation}

    assert unguarded == OPEN_TO_ALL


def test_the_table_names_every_permission_and_gives_the_program_itself_none() -> None:
    assert set(GRANTS) == set(Permission)
    assert {permission for permission in Permission if not may(Role.ADMINISTRATOR, permission)} == PERSONAL
    assert not any(may(Role.SYSTEM, permission) for permission in Permission)


async def test_without_a_valid_token_there_is_no_way_in(office: Person) -> None:
    for token in ("x", "made.up.token", office.token[:-2] + "xx"):
        answer = await Person(office.http, token).ask("GET", "/me")
        assert (answer.status_code, answer.json()["error_code"]) == (401, "NOT_SIGNED_IN")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert (await office.http.get("/api/v1/students")).status_code == 401


async def test_a_teacher_reaches_own_subjects_and_no_trace_of_others(a_class: Class, office: Person) -> None:
    _, stranger = await new_teacher(office, "another@school.example")
    subject, session = a_class.subject, a_class.session
    reads = [f"/subjects/{subject}", f"/subjects/{subject}/roster", f"/sessions/{session}"]
    reads += [f"/sessions/{session}/{part}" for part in ("register", "records", "export.csv")]
    writes = [
        ("PUT", f"/subjects/{subject}/roster/{a_class.ann}", {}),
        ("DELETE", f"/subjects/{subject}/roster/{a_class.ann}", {}),
        ("POST", "/sessions", {"json": {"subject_id": subject, "date": "2026-11-21", "period": 1}}),
        ("POST", f"/sessions/{session}/close", {}),
        ("POST", f"/sessions/{session}/reopen", {}),
        ("PUT", f"/sessions/{session}/marks/{a_class.ann}", {"json": {"status": "late"}}),
    ]

    for method, path, options in [*[("GET", path, {}) for path in reads], *writes]:
        theirs = await stranger.ask(method, path, **options)
        assert (theirs.status_code, theirs.json()["error_code"]) == (404, "NOT_FOUND"), (method, path)
    for path in reads:
        assert (await a_class.teacher.ask("GET", path)).status_code == 200, path
    assert (await stranger.done("GET", "/subjects"))["items"] == []
    assert (await stranger.done("GET", f"/sessions?subject_id={subject}"))["items"] == []
    assert len((await a_class.teacher.done("GET", "/sessions"))["items"]) == 1


async def test_a_teacher_may_not_run_the_institution(a_class: Class) -> None:
    for method, path in [
        ("GET", "/users"),
        ("GET", "/students"),
        ("GET", f"/students/{a_class.ann}"),
        ("GET", f"/students/{a_class.ann}/consents"),
        ("DELETE", f"/students/{a_class.ann}/face-photos"),
    ]:
        answer = await a_class.teacher.ask(method, path)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED"), path
