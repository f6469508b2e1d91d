"""Excused in advance: the register begins with it, a photo says otherwise, and a person decides."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from backend.tests.domains.attendance.school import DAY, OFFICE, School, a_school, name_of
from backend.tests.simulator import photo_of

from attendance_backend.domains.attendance.flows import RecognitionFlows
from attendance_backend.domains.attendance.registers.flows import RegisterFlows
from attendance_backend.domains.corrections.errors import RequestAnswered
from attendance_backend.domains.corrections.schemas import Grant, RefusalGiven
from attendance_backend.domains.excuses.errors import SubjectNeeded
from attendance_backend.domains.excuses.flows import ExcuseFlows
from attendance_backend.domains.excuses.schemas import AskedExcuse, ExcuseView, NewExcuse
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.paging import PageRequest
from attendance_kit.errors import NotFound

SICK = {"from": DAY, "to": DAY + timedelta(days=2), "subject_id": None, "reason": "a fever"}


@pytest.fixture
async def school(environment: dict[str, str]) -> AsyncIterator[School]:
    async with a_school(environment, 3) as made:
        yield made


def guardian(student_id: str) -> Caller:
    return Caller(f"guardian of {student_id}", Role.GUARDIAN, frozenset(), frozenset([student_id]))


async def give(school: School, by: Caller, number: int, subject_id: str | None) -> ExcuseView:
    new = NewExcuse.model_validate({**SICK, "student_id": school.students[number], "subject_id": subject_id})
    flows = school.services.get(ExcuseFlows)
    return await school.transactions.run(lambda tx: flows.give(by, new, tx))


async def ask(school: School, by: Caller, number: int) -> ExcuseView:
    new, flows = AskedExcuse.model_validate(SICK), school.services.get(ExcuseFlows)
    return await school.transactions.run(lambda tx: flows.ask(by, school.students[number], new, tx))


async def rows(school: School, session_id: str) -> list[tuple[str, str | None, str | None, str]]:
    register = await school.services.get(RegisterFlows).register(school.teacher, session_id)
    return [(row.status, row.source, row.reason, row.proposal) for row in register.students]


async def test_a_register_begins_with_excuses_and_a_person_decides_about_who_is_seen(school: School) -> None:
    for number in (0, 1):
        await school.enrol(number)
        await give(school, school.teacher, number, school.subject)
    session = await school.open()
    excused = ("excused", "excuse", "a fever")

    await school.services.get(RecognitionFlows).submit(school.teacher, session.id, photo_of(name_of(0), name_of(1)))
    seen = await rows(school, session.id)
    await school.call_roll(session.id, {school.students[0]: "present"}, close=True)

    assert seen == [(*excused, "present"), (*excused, "present"), ("unmarked", None, None, "not_seen")]
    records = [(await school.records(session.id))[student] for student in school.students]
    assert [(record.status, record.source) for record in records] == [
        ("present", "manual"),
        ("excused", "excuse"),
        ("absent", "close"),
    ]
    assert (records[1].history[0].reason, records[1].model) == ("a fever", None)


async def test_an_excuse_holds_on_its_days_and_in_its_subject(school: School) -> None:
    await give(school, school.teacher, 0, school.subject)
    await give(school, OFFICE, 1, None)
    with pytest.raises(SubjectNeeded):
        await give(school, school.teacher, 2, None)
    with pytest.raises(NotFound):
        await give(school, school.teacher, 2, "another subject")

    days = [DAY - timedelta(days=1), DAY, DAY + timedelta(days=2), DAY + timedelta(days=3)]
    told = [[status for status, *_ in await rows(school, (await school.open(1, day)).id)] for day in days]

    excused, nobody = ["excused", "excused", "unmarked"], ["unmarked"] * 3
    assert told == [nobody, excused, excused, nobody]


async def test_a_family_asks_and_staff_answers(school: School) -> None:
    family, flows = guardian(school.students[0]), school.services.get(ExcuseFlows)
    with pytest.raises(NotFound):
        await ask(school, family, 1)
    session = await school.open()
    asked = await ask(school, family, 0)
    before = (await rows(school, session.id))[0]

    await school.transactions.run(lambda tx: flows.grant(OFFICE, asked.id, Grant(), tx))
    after = (await rows(school, session.id))[0]
    with pytest.raises(RequestAnswered):
        await school.transactions.run(lambda tx: flows.withdraw(family, asked.id, tx))
    refusal = RefusalGiven(answer="a mistake")
    await school.transactions.run(lambda tx: flows.refuse(OFFICE, asked.id, refusal, tx))

    assert (before[0], after[0]) == ("unmarked", "excused")
    assert (await rows(school, session.id))[0][0] == "unmarked", "taken back"
    (seen,) = (await flows.page_of_student(family, school.students[0], PageRequest(50))).items
    assert (seen.state, seen.answer) == ("refused", "a mistake")
    with pytest.raises(NotFound):
        await flows.page_of_student(family, school.students[1], PageRequest(50))
    with pytest.raises(NotFound):
        await school.transactions.run(lambda tx: flows.grant(school.teacher, asked.id, Grant(), tx))


@pytest.mark.parametrize("last", [DAY - timedelta(days=1), DAY + timedelta(days=366)])
def test_a_range_of_days_has_an_end_and_goes_forward(last: object) -> None:
    with pytest.raises(ValueError, match="range"):
        AskedExcuse.model_validate({**SICK, "to": last})
