"""Every route, asked by everybody: allowed and refused as the permission table says, and no route outside it."""

from collections import Counter
from collections.abc import Callable

from backend.tests.conftest import Backend, Class, Person
from backend.tests.matrix import OPENAPI, a_school, call_of, expected, routes

from attendance_backend.adapters.mongo import Client

REFUSALS = {"NOT_SIGNED_IN", "PERMISSION_DENIED", "NOT_FOUND"}
OUTSIDE = {"/health", "/health/live", "/health/ready"}
"""Asked by whatever watches the service; they tell nothing of the school."""


def test_no_route_lies_outside_the_matrix() -> None:
    described = {(method.upper(), path) for path, item in OPENAPI["paths"].items() for method in item}

    asked = {(method, route.path) for route in routes() for method in route.methods}

    assert described - asked == {("GET", path) for path in OUTSIDE}
    assert asked <= described


async def test_everybody_is_allowed_and_refused_as_the_table_says(
    backend: Backend, mongo: Client, office: Person, a_class: Class, record_property: Callable[[str, object], None]
) -> None:
    counts: Counter[str] = Counter()
    wrong = []
    async with a_school(backend, mongo, office, a_class) as school:
        for route in routes():
            gone = False
            refused_first = sorted(
                school.everybody, key=lambda one: expected(route, call_of(route, school.ids, one), one) == "allowed"
            )
            for somebody in refused_first:
                call = call_of(route, school.ids, somebody)
                wanted = expected(route, call, somebody)
                answer = await school.answer(call, somebody)
                assert not answer.is_server_error, f"{call.method} {route.path} by {somebody.name}: {answer.text}"
                code = answer.json()["error_code"] if answer.is_client_error else None
                told = code if code in REFUSALS and not (gone and code == "NOT_FOUND") else "allowed"
                gone |= answer.is_success and call.method == "DELETE" and call.owned
                counts[wanted] += 1
                if told != wanted:
                    wrong.append(f"{call.method} {route.path} by {somebody.name}: {told}, not {wanted}: {answer.text}")

    assert wrong == []
    assert set(counts) == {"allowed", *REFUSALS}
    record_property("calls", counts.total())
    record_property("of them allowed", counts["allowed"])
