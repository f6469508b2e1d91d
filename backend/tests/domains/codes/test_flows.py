"""Checking in by code: who is there comes in, and every attack is refused and logged."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from backend.tests.conftest import Backend, Class, Person
from backend.tests.domains.attendance.school import OFFICE, School, a_school, name_of
from backend.tests.matrix import _signed_in
from backend.tests.simulator import photo_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.attendance.errors import SessionNotOpen
from attendance_backend.domains.attendance.registers.flows import RegisterFlows
from attendance_backend.domains.codes.errors import (
    CodeRefused,
    FaceNotMatched,
    FaceTooLate,
    NoFaceEnrolled,
    TriesUsedUp,
)
from attendance_backend.domains.codes.flows import CheckInFlows, CodeFlows, Entry
from attendance_backend.domains.codes.policy import MAX_WRONG
from attendance_backend.domains.codes.schemas import CheckInView, NewCheckIn, NewCode, ShownCode
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.paging import PageRequest
from attendance_kit.errors import ServiceError

SIZE = 6


@pytest.fixture
async def school(environment: dict[str, str]) -> AsyncIterator[School]:
    async with a_school(environment, SIZE) as made:
        yield made


def account(student_id: str) -> Caller:
    """The student signed in."""
    return Caller(f"account of {student_id}", Role.STUDENT, frozenset(), frozenset([student_id]))


async def start(school: School, session_id: str, *, with_face: bool = False) -> ShownCode:
    codes, new = school.services.get(CodeFlows), NewCode(with_face=with_face)
    return await school.transactions.run(lambda tx: codes.start(school.teacher, session_id, new, tx))


async def enter(school: School, student_id: str, device: str | None = None, **given: str) -> CheckInView:
    flows, caller = school.services.get(CheckInFlows), account(student_id)
    return await conclude(school, caller, await flows.prepare(caller, NewCheckIn(**given), device))


async def conclude(school: School, caller: Caller, entry: Entry) -> CheckInView:
    flows = school.services.get(CheckInFlows)
    made = await school.transactions.run(lambda tx: flows.check_in(caller, entry, tx))
    if isinstance(made, ServiceError):
        raise made
    return made


async def statuses(school: School, session_id: str) -> list[tuple[str, str | None, int | None]]:
    register = await school.services.get(RegisterFlows).register(OFFICE, session_id)
    return [(row.status, row.source, row.minutes_late) for row in register.students]


async def refusals(mongo: Client, database_name: str) -> list[str]:
    found = mongo[database_name]["audit"].find({"action": "check-in refused"}).sort("_id")
    return [entry["details"]["reason"] async for entry in found]


async def test_a_class_checks_in_at_once_and_who_is_late_is_proposed_late(school: School) -> None:
    session = await school.open()
    shown = await start(school, session.id)

    made = await asyncio.gather(*[enter(school, student, token=shown.token) for student in school.students[:4]])
    again = await enter(school, school.students[0], session_id=session.id, digits=shown.digits)
    school.clock.go_on(timedelta(minutes=12))
    later = await school.services.get(CodeFlows).show(school.teacher, session.id)
    await enter(school, school.students[4], token=later.token)

    assert again == made[0], "once a student and session"
    present, late, unseen = ("present", "code", None), ("late", "code", 12), ("unmarked", None, None)
    assert await statuses(school, session.id) == [present] * 4 + [late, unseen]
    await school.call_roll(session.id, {school.students[0]: "excused"}, close=True)
    records = [(await school.records(session.id))[student] for student in school.students]
    assert [(r.status, r.source, r.minutes_late) for r in records] == [
        ("excused", "manual", None),
        *[present] * 3,
        late,
        ("absent", "close", None),
    ]
    with pytest.raises(SessionNotOpen):
        await enter(school, school.students[5], token=later.token)


async def test_who_waits_for_others_is_not_too_late_for_the_code(school: School) -> None:
    session = await school.open()
    shown = await start(school, session.id)
    flows, caller = school.services.get(CheckInFlows), account(school.students[0])

    entry = await flows.prepare(caller, NewCheckIn(token=shown.token), None)
    school.clock.go_on(timedelta(seconds=2 * shown.step_seconds))
    await conclude(school, caller, entry)

    assert (await statuses(school, session.id))[0] == ("present", "code", None)
    with pytest.raises(CodeRefused):
        await enter(school, school.students[1], token=shown.token)


async def test_every_attack_is_refused_and_logged(school: School, mongo: Client, database_name: str) -> None:
    session, other = await school.open(1), await school.open(2)
    shown, shown_there = await start(school, session.id), await start(school, other.id)
    first, second, third, *_ = school.students
    await enter(school, first, token=shown.token)
    attacks: list[tuple[str, dict[str, str]]] = [
        (second, {"token": shown.token[:-4] + "AAAA"}),
        (second, {"token": shown.token.replace(session.id, other.id)}),
        (second, {"token": shown_there.token, "session_id": session.id}),
        (third, {"session_id": "nowhere", "digits": shown.digits}),
        ("a stranger", {"token": shown.token}),
    ]
    for student, given in attacks:
        with pytest.raises(CodeRefused):
            await enter(school, student, **given)
    school.clock.go_on(timedelta(seconds=2 * shown.step_seconds))
    for student in (first, second):
        with pytest.raises(CodeRefused):
            await enter(school, student, token=shown.token)

    assert await refusals(mongo, database_name) == [
        "never shown",
        "never shown",
        "made for another session",
        "no such session shows a code",
        "not on the roster",
        "its window is over",
        "its window is over",
    ]
    assert [status for status, *_ in await statuses(school, session.id)] == ["present"] + ["unmarked"] * (SIZE - 1)


async def test_six_digits_can_not_be_guessed(school: School, mongo: Client, database_name: str) -> None:
    session = await school.open()
    shown = await start(school, session.id)
    wrong = f"{(int(shown.digits) + 500_000) % 1_000_000:06}"

    for _ in range(MAX_WRONG):
        with pytest.raises(CodeRefused):
            await enter(school, school.students[0], session_id=session.id, digits=wrong)

    with pytest.raises(TriesUsedUp):
        await enter(school, school.students[0], session_id=session.id, digits=shown.digits)
    assert (await enter(school, school.students[1], session_id=session.id, digits=shown.digits)).face_by is None
    assert len(await refusals(mongo, database_name)) == MAX_WRONG


async def test_starting_a_code_again_makes_the_one_before_invalid_and_stopping_ends_it(school: School) -> None:
    session = await school.open()
    before = await start(school, session.id)
    after = await start(school, session.id)
    with pytest.raises(CodeRefused):
        await enter(school, school.students[0], token=before.token)
    await enter(school, school.students[0], token=after.token)

    codes = school.services.get(CodeFlows)
    await school.transactions.run(lambda tx: codes.stop(school.teacher, session.id, tx))

    with pytest.raises(CodeRefused):
        await enter(school, school.students[1], token=after.token)
    assert after.svg.startswith("<svg")
    assert after.next_at > school.clock.now()


async def test_with_a_second_factor_the_code_counts_once_the_students_own_face_was_seen(school: School) -> None:
    for number in (0, 1):
        await school.enrol(number)
    session = await school.open()
    shown = await start(school, session.id, with_face=True)
    flows, (first, second, third, *_) = school.services.get(CheckInFlows), school.students
    entered = await enter(school, first, token=shown.token)
    assert entered.face_by is not None
    assert (await statuses(school, session.id))[0][0] == "unmarked", "the code alone is not enough"

    with pytest.raises(FaceNotMatched):
        await flows.show_face(account(first), entered.id, photo_of(name_of(1)))
    confirmed = await flows.show_face(account(first), entered.id, photo_of(name_of(0)))
    slow = await enter(school, second, token=shown.token)
    faceless = await enter(school, third, token=shown.token)

    assert confirmed.face_by is None
    assert (await statuses(school, session.id))[0] == ("present", "code", None)
    gate = school.services.get(ConsentService)
    await school.enrol(2)
    photo = photo_of(name_of(2))
    school.clock.go_on(timedelta(minutes=3))
    with pytest.raises(FaceTooLate):
        await flows.show_face(account(second), slow.id, photo_of(name_of(1)))
    assert (await gate.consenting(OFFICE, [third])) == {third}
    with pytest.raises(FaceTooLate):
        await flows.show_face(account(third), faceless.id, photo)


async def test_without_an_enrolled_face_there_is_nothing_to_compare_with(
    school: School, mongo: Client, database_name: str
) -> None:
    await school.enrol(0)
    session = await school.open()
    shown = await start(school, session.id, with_face=True)
    entered = await enter(school, school.students[0], token=shown.token)
    await mongo[database_name]["templates"].delete_many({"student_id": school.students[0]})

    with pytest.raises(NoFaceEnrolled):
        await school.services.get(CheckInFlows).show_face(account(school.students[0]), entered.id, photo_of("a"))


async def test_the_teacher_sees_who_shared_a_device(school: School) -> None:
    session = await school.open()
    shown = await start(school, session.id)
    for student, device in zip(school.students, ["one", "one", "two", None, None], strict=False):
        await enter(school, student, device, token=shown.token)

    page = await school.services.get(CodeFlows).page(school.teacher, session.id, PageRequest(50))

    assert {seen.student_id: seen.shares_device for seen in page.items} == dict(
        zip(school.students[:5], [True, True, False, False, False], strict=True)
    )


async def test_one_browser_that_checks_in_two_students_is_flagged_over_http(
    backend: Backend, mongo: Client, a_class: Class
) -> None:
    shown: dict[str, Any] = await a_class.teacher.done("PUT", f"/sessions/{a_class.session}/code", json={})
    async with httpx2.AsyncClient(base_url=backend.http.base_url, timeout=20) as lent:
        for student_id in (a_class.ann, a_class.ben):
            theirs = await _signed_in(backend, mongo, Role.STUDENT, student_id)
            answer = await Person(lent, theirs.token).ask("POST", "/check-ins", json={"token": shown["token"]})
            assert (answer.status_code, answer.json()["student_id"]) == (201, student_id)
    forged = await Person(backend.http, theirs.token).ask("POST", "/check-ins", json={"token": "made.up.token"})

    seen = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/check-ins")

    assert [one["shares_device"] for one in seen["items"]] == [True, True]
    assert "secret" not in shown
    assert (forged.status_code, forged.json()["error_code"]) == (422, "CODE_REFUSED")
