"""A roll call is one request: all or none, by one teacher or by several at once, late by the threshold."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from backend.tests.conftest import Class
from backend.tests.domains.attendance.school import OFFICE, School, a_school, name_of
from backend.tests.simulator import photo_of

from attendance_backend.domains.attendance.errors import (
    SessionLocked,
    SessionNotClosed,
    SessionNotOpen,
    StudentNotOnRoster,
)
from attendance_backend.domains.attendance.flows import RecognitionFlows
from attendance_backend.domains.attendance.schemas import NewMark, SessionState
from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.records.flows import RecordFlows
from attendance_backend.domains.records.schemas import Attendance, Correction, Source
from attendance_backend.ports.testing import START

SIZE, WRITERS = 12, 12


@pytest.fixture
async def school(environment: dict[str, str]) -> AsyncIterator[School]:
    async with a_school(environment, SIZE, WRITERS) as made:
        yield made


async def test_a_class_is_marked_and_its_session_closed_in_one_request(a_class: Class) -> None:
    path = f"/sessions/{a_class.session}/marks"
    ann = {"student_id": a_class.ann, "status": "present", "left_at": "2026-11-20T10:00:00+01:00"}
    ben = {"student_id": a_class.ben, "status": "late", "minutes_late": 12}
    cleo = {"student_id": a_class.cleo, "status": "excused", "reason": "the dentist"}
    seen = (await a_class.teacher.ask("GET", f"/sessions/{a_class.session}/register")).headers["ETag"]

    marked = await a_class.teacher.ask("PUT", path, json={"marks": [ann, ben]}, headers={"If-Match": seen})
    again = await a_class.teacher.ask("PUT", path, json={"marks": [cleo]}, headers={"If-Match": seen})
    closed = await a_class.teacher.done("PUT", path, json={"marks": [cleo], "close": True})

    assert (marked.json()["marked"], marked.json()["records"]) == (2, None)
    assert (again.status_code, again.json()["error_code"]) == (412, "VERSION_CONFLICT")
    assert (closed["marked"], closed["records"], closed["session"]["state"]) == (1, 3, "closed")
    records = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/records")
    told = {r["student_id"]: (r["status"], r["minutes_late"], r["left_at"], r["source"]) for r in records["items"]}
    assert told == {
        a_class.ann: ("present", None, "2026-11-20T09:00:00Z", "manual"),
        a_class.ben: ("late", 12, None, "manual"),
        a_class.cleo: ("excused", None, None, "manual"),
    }
    for wrong in ({**ann, "status": "absent"}, {**ben, "status": "present"}):
        refused = await a_class.teacher.ask("PUT", path, json={"marks": [wrong]})
        assert (refused.status_code, refused.json()["error_code"]) == (400, "INVALID_REQUEST")


async def test_one_who_is_not_on_the_roster_undoes_the_whole_roll_call(school: School) -> None:
    session = await school.open()

    with pytest.raises(StudentNotOnRoster) as refused:
        await school.call_roll(session.id, {school.students[0]: "late", "nobody": "present"}, close=True)

    assert refused.value.details["reasons"] == ["nobody"]
    kept = await school.services.get(SessionService).session(OFFICE, session.id)
    assert (kept.marks, kept.version, kept.state) == ({}, 1, SessionState.OPEN)
    assert await school.records(session.id) == {}


async def test_of_many_teachers_who_mark_at_once_nobody_loses_a_mark(school: School) -> None:
    session = await school.open()
    pairs = list(zip(school.students, school.teachers, strict=True))

    await asyncio.gather(*[school.call_roll(session.id, {student: "late"}, by=teacher) for student, teacher in pairs])

    kept = await school.services.get(SessionService).session(OFFICE, session.id)
    assert {student: mark.by for student, mark in kept.marks.items()} == {s: t.id for s, t in pairs}
    assert kept.version == 1 + WRITERS


async def test_of_many_who_mark_and_close_at_once_one_closes_and_the_others_learn_it(school: School) -> None:
    session = await school.open()
    calls = [school.call_roll(session.id, {s: "present"}, close=True) for s in school.students]

    ended = await asyncio.gather(*calls, return_exceptions=True)

    assert sorted(type(one).__name__ for one in ended) == ["NoneType"] + ["SessionNotOpen"] * (SIZE - 1)
    records = await school.records(session.id)
    assert sorted(record.status for record in records.values()) == ["absent"] * (SIZE - 1) + ["present"]
    counted = await school.totals()
    assert sum(counts.present for counts in counted.values()) == 1
    assert sum(counts.records for counts in counted.values()) == SIZE


async def test_a_session_is_locked_by_the_office_or_by_time_and_stays_so(school: School) -> None:
    sessions, corrections = school.services.get(SessionService), school.services.get(RecordFlows)
    by_hand, by_time = await school.open(1), await school.open(2)
    with pytest.raises(SessionNotClosed):
        await school.transactions.run(lambda tx: sessions.lock(OFFICE, by_hand.id, tx))
    for session in (by_hand, by_time):
        await school.call_roll(session.id, {}, close=True)

    locked = [await school.transactions.run(lambda tx: sessions.lock(OFFICE, by_hand.id, tx)) for _ in range(2)]
    record = next(iter((await school.records(by_hand.id)).values()))
    late = Correction(status=Attendance.LATE, reason="the bus")

    assert [session.state for session in locked] == [SessionState.LOCKED] * 2
    with pytest.raises(SessionLocked):
        await school.transactions.run(lambda tx: corrections.correct(school.teacher, record.id, late, tx))
    with pytest.raises(SessionLocked):
        await school.transactions.run(lambda tx: school.flows.reopen(school.teacher, by_hand.id, tx))
    corrected = await school.transactions.run(lambda tx: corrections.correct(OFFICE, record.id, late, tx))
    assert (corrected.status, corrected.source) == (Attendance.LATE, Source.MANUAL)
    assert (await sessions.session(OFFICE, by_time.id)).state is SessionState.CLOSED
    school.clock.go_on(timedelta(hours=24))
    assert (await sessions.session(OFFICE, by_time.id)).state is SessionState.LOCKED
    with pytest.raises(SessionNotOpen):
        await school.call_roll(by_time.id, {school.students[0]: NewMark(status=Attendance.LATE)})


async def test_who_is_first_seen_after_the_threshold_is_proposed_late(school: School) -> None:
    for number in (0, 1):
        await school.enrol(number)
    session, recognition = await school.open(), school.services.get(RecognitionFlows)

    for minutes, number in [(10, 0), (5, 1), (10, 0)]:
        school.clock.go_on(timedelta(minutes=minutes))
        await recognition.submit(school.teacher, session.id, photo_of(name_of(number), shot=minutes))
    await school.call_roll(session.id, {}, close=True)

    records = await school.records(session.id)
    told = [(records[s].status, records[s].source, records[s].minutes_late) for s in school.students[:3]]
    assert told == [("present", "face", None), ("late", "face", 15), ("absent", "close", None)]
    counts = await school.totals()
    assert (counts[school.students[0]].present, counts[school.students[1]].late) == (1, 1)


async def test_marks_know_who_left_early_and_closing_again_keeps_what_was_corrected(school: School) -> None:
    session, (first, second, *_) = await school.open(), school.students
    leaving = NewMark(status=Attendance.PRESENT, left_at=START + timedelta(minutes=30))
    await school.call_roll(session.id, {first: leaving, second: "absent"}, close=True)
    record = (await school.records(session.id))[second]
    late = Correction(status=Attendance.LATE, minutes_late=7, reason="the bus")
    flows = school.services.get(RecordFlows)
    await school.transactions.run(lambda tx: flows.correct(school.teacher, record.id, late, tx))

    await school.transactions.run(lambda tx: school.flows.reopen(school.teacher, session.id, tx))
    await school.call_roll(session.id, {}, close=True)

    records, counted = await school.records(session.id), await school.totals()
    assert (records[first].left_at, counted[first].left_early) == (START + timedelta(minutes=30), 1)
    assert (records[second].status, records[second].minutes_late) == (Attendance.LATE, 7)
    assert [change.to for change in records[second].history] == ["absent", "late"]
    assert (counted[second].late, counted[second].absent) == (1, 0)
