"""Asking for a correction: a student asks about their own record, once, and whoever answers is in its history."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from backend.tests.domains.attendance.school import OFFICE, School, a_school

from attendance_backend.domains.attendance.errors import SessionLocked, SessionNotClosed
from attendance_backend.domains.corrections.errors import RequestAnswered, RequestOpen
from attendance_backend.domains.corrections.flows import CorrectionFlows
from attendance_backend.domains.corrections.schemas import (
    CorrectionRequestView,
    Grant,
    NewCorrectionRequest,
    RefusalGiven,
)
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.records.schemas import Attendance
from attendance_backend.paging import PageRequest
from attendance_kit.errors import NotFound

STRANGER = Caller("another teacher", Role.TEACHER, frozenset(["another subject"]), frozenset())


@pytest.fixture
async def school(environment: dict[str, str]) -> AsyncIterator[School]:
    async with a_school(environment, 3) as made:
        yield made


@pytest.fixture
async def session_id(school: School) -> str:
    """A closed session in which everybody was absent."""
    session = await school.open()
    await school.call_roll(session.id, {}, close=True)
    return session.id


def student(student_id: str) -> Caller:
    return Caller(f"account of {student_id}", Role.STUDENT, frozenset(), frozenset([student_id]))


async def ask(school: School, session_id: str, number: int = 0, by: int | None = None) -> CorrectionRequestView:
    who = school.students[number]
    record = (await school.records(session_id))[who]
    new = NewCorrectionRequest(record_id=record.id, status=Attendance.LATE, reason="the bus was late")
    caller = student(school.students[number if by is None else by])
    flows = school.services.get(CorrectionFlows)
    return await school.transactions.run(lambda tx: flows.ask(caller, new, tx))


async def grant(school: School, request: CorrectionRequestView, by: Caller) -> CorrectionRequestView:
    flows = school.services.get(CorrectionFlows)
    return await school.transactions.run(lambda tx: flows.grant(by, request.id, Grant(), tx))


async def test_a_granted_request_corrects_the_record_and_its_totals(school: School, session_id: str) -> None:
    request = await ask(school, session_id)
    with pytest.raises(NotFound):
        await grant(school, request, STRANGER)

    answered = await grant(school, request, school.teacher)

    record = (await school.records(session_id))[school.students[0]]
    assert (answered.state, answered.answered_by, answered.before) == ("granted", school.teacher.id, "absent")
    assert (record.status, record.source, record.by) == ("late", "request", school.teacher.id)
    assert [(change.to, change.reason) for change in record.history] == [("absent", None), ("late", "the bus was late")]
    counts = (await school.totals())[school.students[0]]
    assert (counts.late, counts.absent) == (1, 0)
    with pytest.raises(RequestAnswered):
        await grant(school, request, OFFICE)


async def test_nobody_asks_about_others_records_or_twice_at_once(school: School, session_id: str) -> None:
    with pytest.raises(NotFound):
        await ask(school, session_id, 0, by=1)

    asked = await asyncio.gather(*[ask(school, session_id) for _ in range(5)], return_exceptions=True)

    assert sorted(type(one) is RequestOpen for one in asked) == [False, True, True, True, True]


async def test_a_refused_or_withdrawn_request_changes_nothing_and_both_sides_see_it(
    school: School, session_id: str
) -> None:
    first, second = await ask(school, session_id, 0), await ask(school, session_id, 1)
    flows, one_page = school.services.get(CorrectionFlows), PageRequest(50)

    refusal = RefusalGiven(answer="I saw the door")
    await school.transactions.run(lambda tx: flows.refuse(school.teacher, first.id, refusal, tx))
    with pytest.raises(NotFound):
        await school.transactions.run(lambda tx: flows.withdraw(student(school.students[0]), second.id, tx))
    await school.transactions.run(lambda tx: flows.withdraw(student(school.students[1]), second.id, tx))

    assert {record.status for record in (await school.records(session_id)).values()} == {"absent"}
    (own,) = (await flows.page_of_student(student(school.students[0]), school.students[0], one_page)).items
    assert (own.state, own.answer) == ("refused", "I saw the door")
    taught = (await flows.requests.page(school.teacher, {}, one_page)).items
    assert [request.state for request in taught] == ["refused", "withdrawn"]
    assert (await flows.requests.page(STRANGER, {}, one_page)).items == []
    with pytest.raises(NotFound):
        await flows.page_of_student(student(school.students[0]), school.students[1], one_page)
    assert (await ask(school, session_id, 0)).state == "open", "it may be asked again"


async def test_once_a_session_is_locked_the_office_answers(school: School, session_id: str) -> None:
    request = await ask(school, session_id)
    await school.transactions.run(lambda tx: school.flows.reopen(school.teacher, session_id, tx))
    with pytest.raises(SessionNotClosed):
        await grant(school, request, school.teacher)
    await school.call_roll(session_id, {}, close=True)
    school.clock.go_on(timedelta(hours=24))
    with pytest.raises(SessionLocked):
        await grant(school, request, school.teacher)

    answered = await grant(school, request, OFFICE)

    assert (answered.state, answered.answered_by) == ("granted", OFFICE.id)
