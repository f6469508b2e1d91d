"""Correcting many records at once, and a student's own record over a range of days."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from backend.tests.domains.attendance.school import DAY, OFFICE, School, a_school

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.attendance.errors import SessionNotClosed
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.records.flows import RecordFlows
from attendance_backend.domains.records.schemas import Attendance, Corrections, RecordCorrection
from attendance_backend.domains.records.service import RecordService
from attendance_backend.paging import PageRequest
from attendance_kit.errors import NotFound

SIZE, DAYS = 3, 4


@pytest.fixture
async def school(environment: dict[str, str]) -> AsyncIterator[School]:
    async with a_school(environment, SIZE) as made:
        yield made


@pytest.fixture
async def sessions(school: School) -> list[str]:
    """A closed session on each of some days, in which everybody was absent."""
    opened = [await school.open(1, DAY + timedelta(days=day)) for day in range(DAYS)]
    for session in opened:
        await school.call_roll(session.id, {}, close=True)
    return [session.id for session in opened]


async def correct(school: School, record_ids: list[str]) -> None:
    late = {"status": Attendance.LATE, "reason": "the bus"}
    given = Corrections(corrections=[RecordCorrection(record_id=one, **late) for one in record_ids])
    flows = school.services.get(RecordFlows)
    await school.transactions.run(lambda tx: flows.correct_many(school.teacher, given, tx))


async def test_records_of_several_sessions_are_corrected_together_or_not_at_all(
    school: School, sessions: list[str]
) -> None:
    who = school.students[0]
    ids = [(await school.records(session))[who].id for session in sessions]
    with pytest.raises(NotFound):
        await correct(school, [*ids, "none"])
    await school.transactions.run(lambda tx: school.flows.reopen(school.teacher, sessions[-1], tx))
    with pytest.raises(SessionNotClosed):
        await correct(school, ids)
    before = (await school.totals(DAY, DAY + timedelta(days=DAYS)))[who]

    await correct(school, ids[:-1])

    after = (await school.totals(DAY, DAY + timedelta(days=DAYS)))[who]
    some = (await school.totals(DAY + timedelta(days=1), DAY + timedelta(days=2)))[who]
    assert (before.absent, before.late) == (DAYS, 0)
    assert (after.absent, after.late, some.late, some.records) == (1, DAYS - 1, 2, 2)
    with pytest.raises(ValueError, match="once"):
        await correct(school, [ids[0], ids[0]])


async def test_a_student_reads_their_own_records_by_day_and_nobody_elses(school: School, sessions: list[str]) -> None:
    first, second, _ = school.students
    caller = Caller("account", Role.STUDENT, frozenset(), frozenset([first]))
    records, newest_first = school.services.get(RecordService), PageRequest(2, sort="-date")

    page = await records.page_of_student(caller, first, {"date": {"$gte": str(DAY)}}, newest_first)

    assert [record.date for record in page.items] == [str(DAY + timedelta(days=day)) for day in (3, 2)]
    assert {record.student_id for record in page.items} == {first}
    assert page.next_cursor is not None
    assert len(sessions) == DAYS
    with pytest.raises(NotFound):
        await records.page_of_student(caller, second, {}, newest_first)


async def test_records_of_an_earlier_version_get_their_date_when_all_are_counted_anew(
    school: School, sessions: list[str], mongo: Client, database_name: str
) -> None:
    database = mongo[database_name]
    await database["records"].update_many({"session_id": sessions[0]}, {"$unset": {"date": 1}})
    await database["tallies"].delete_many({})

    told = await school.services.get(RecordFlows).recount(OFFICE)

    assert (told.days, told.repaired) == (DAYS, DAYS)
    assert {record.date for record in (await school.records(sessions[0])).values()} == {str(DAY)}
    assert (await school.totals())[school.students[0]].absent == 1
