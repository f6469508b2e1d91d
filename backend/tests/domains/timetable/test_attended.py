"""What students and guardians see of the day: their own lessons, and which sessions wait for a code. Never a code."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from backend.tests.conftest import Backend, Class, Person, new_student
from backend.tests.matrix import _signed_in, at_noon

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.identity.schemas import Role


@dataclass
class Family:
    office: Person
    taught: Class
    ann: Person
    guardian: Person
    stranger: Person
    today: date

    @property
    def path(self) -> str:
        return f"/timetable?from={self.today - timedelta(days=7)}&to={self.today + timedelta(days=7)}"


@pytest.fixture
async def family(backend: Backend, mongo: Client, office: Person, a_class: Class) -> Family:
    today = date.fromisoformat(await at_noon(office))
    days = {"first_day": str(today - timedelta(days=20)), "last_day": str(today + timedelta(days=20))}
    await office.done("POST", "/terms", json={"name": "Term", **days})
    entry = {"weekday": today.isoweekday(), "period": 6, "starts_at": "08:00", "ends_at": "09:00"}
    await office.done("PUT", f"/subjects/{a_class.subject}/timetable", json={"entries": [entry]})
    other = await new_student(office, "zoe")
    people = [(Role.STUDENT, a_class.ann), (Role.GUARDIAN, a_class.ann), (Role.STUDENT, other)]
    signed_in = [await _signed_in(backend, mongo, role, student) for role, student in people]
    return Family(office, a_class, *signed_in, today)


async def test_families_see_the_lessons_of_days_on_the_roster_and_no_ids_of_the_staff(family: Family) -> None:
    taught, today = family.taught, family.today
    opened = {"subject_id": taught.subject, "date": str(today), "period": 6}
    await taught.teacher.done("POST", "/sessions", json=opened)
    await taught.teacher.done("DELETE", f"/subjects/{taught.subject}/roster/{taught.ann}?leaves_on={today}")
    before = [await who.done("GET", family.path) for who in (family.ann, family.guardian)]
    await taught.teacher.done("PUT", f"/subjects/{taught.subject}/roster/{taught.ann}", json={"joins_on": str(today)})
    after = await family.ann.done("GET", family.path)

    days = [str(today + timedelta(days=7 * week)) for week in (-1, 0, 1)]
    assert [[one["date"] for one in page["items"]] for page in before] == [days[:1]] * 2
    assert [(one["date"], one["state"]) for one in after["items"]] == [
        (days[0], "planned"),
        (days[1], "open"),
        (days[2], "planned"),
    ]
    assert {(one["session_id"], one["substitute_id"]) for one in after["items"]} == {(None, None)}
    assert (await family.stranger.done("GET", family.path))["items"] == []
    assert len((await taught.teacher.done("GET", family.path))["items"]) == 3


async def test_a_student_finds_the_session_that_shows_a_code_and_checks_in_by_its_digits(family: Family) -> None:
    taught = family.taught
    new = {"subject_id": taught.subject, "date": str(family.today), "period": 6}
    session = (await taught.teacher.done("POST", "/sessions", json=new))["id"]
    before = await family.ann.done("GET", "/check-ins/open")

    shown = await taught.teacher.done("PUT", f"/sessions/{session}/code", json={})
    (found,) = (await family.ann.done("GET", "/check-ins/open"))["items"]
    others = await family.stranger.done("GET", "/check-ins/open")
    entered = {"session_id": found["session_id"], "digits": shown["digits"]}
    made = await family.ann.done("POST", "/check-ins", json=entered)
    await taught.teacher.done("POST", f"/sessions/{session}/close")
    closed = await family.ann.done("GET", "/check-ins/open")

    assert found["session_id"] == session
    assert set(found) == {"session_id", "subject", "period", "starts_at", "with_face"}
    assert (found["subject"]["code"], found["period"], found["with_face"]) == ("MATH-1", 6, False)
    assert made["student_id"] == taught.ann
    assert [page["items"] for page in (before, others, closed)] == [[], [], []]
    refused = await family.guardian.ask("GET", "/check-ins/open")
    assert (refused.status_code, refused.json()["error_code"]) == (403, "PERMISSION_DENIED")
