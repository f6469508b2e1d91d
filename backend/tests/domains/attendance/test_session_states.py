"""A session in the hands of several people at once, in any order: no history is lost and no total is wrong.

Real services and database, a played ML service. `LONG=1` tries many more and longer stories.
"""

import asyncio
import itertools
import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from backend.tests.domains.attendance.school import DAY, OFFICE, School, a_school, name_of
from backend.tests.simulator import photo_of
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from attendance_backend.domains.attendance.errors import (
    CaptureNotRecognised,
    SessionLocked,
    SessionNotClosed,
    SessionNotOpen,
)
from attendance_backend.domains.attendance.flows import RecognitionFlows
from attendance_backend.domains.attendance.schemas import NewDecision, Session
from attendance_backend.domains.attendance.service import CaptureService, SessionService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.records.flows import RecordFlows
from attendance_backend.domains.records.schemas import THERE, Attendance, AttendanceRecord, Correction, Seen
from attendance_backend.domains.tallies.faces.schemas import FaceCounts
from attendance_backend.domains.tallies.faces.service import NO_PHOTO, FaceTallyService
from attendance_backend.domains.tallies.schemas import NONE, Counts
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound

STUDENTS, TEACHERS = 4, 3
LONG = bool(os.environ.get("LONG"))
PARTS = 8 if LONG else 1
"""Each in a database of its own: the embedded one slows down with the square of how often its rows were rewritten."""
PLAN = settings(
    max_examples=25 if LONG else 10,
    stateful_step_count=40 if LONG else 12,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
REFUSALS = (SessionNotOpen, SessionNotClosed, SessionLocked, CaptureNotRecognised, NotFound)
"""What somebody who comes too late is told."""
MONDAY = DAY - timedelta(days=DAY.weekday())
PERIODS = itertools.count()
SHOTS = itertools.count()
Deed = tuple[str, int, int, Attendance]
DEEDS = st.tuples(
    st.sampled_from(["photograph", "decide", "mark", "roll call", "close", "close", "reopen", "correct", "lock"]),
    st.integers(0, TEACHERS - 1),
    st.integers(0, STUDENTS - 1),
    st.sampled_from(list(Attendance)),
)


class Story(RuleBasedStateMachine):
    """Three teachers and the office, two sessions of one class on one day."""

    school: ClassVar[School]
    loop: ClassVar[asyncio.AbstractEventLoop]

    def __init__(self) -> None:
        super().__init__()
        self.sessions: list[str] = []
        self.histories: dict[str, AttendanceRecord] = {}

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    @initialize()
    def begin(self) -> None:
        day = DAY + timedelta(days=next(PERIODS))
        self.sessions = [self.wait(self.school.open(period, day)).id for period in (1, 2)]

    @rule(which=st.integers(0, 1), deeds=st.lists(DEEDS, min_size=1, max_size=4))
    def at_once(self, which: int, deeds: list[Deed]) -> None:
        self.wait(self._all(self.sessions[which], deeds))

    @rule(hours=st.sampled_from([0, 0, 25]), minutes=st.integers(1, 20))
    def time_passes(self, hours: int, minutes: int) -> None:
        self.school.clock.go_on(timedelta(hours=hours, minutes=minutes))

    @invariant()
    def nothing_is_lost_and_totals_agree(self) -> None:
        self.wait(self._check())

    async def _all(self, session_id: str, deeds: list[Deed]) -> None:
        done = await asyncio.gather(*[self._one(session_id, deed) for deed in deeds], return_exceptions=True)
        unexpected = [error for error in done if error and not isinstance(error, REFUSALS)]
        assert unexpected == []

    async def _one(self, session_id: str, deed: Deed) -> None:
        what, teacher, student, status = deed
        by, who = self.school.teachers[teacher], self.school.students[student]
        if what == "photograph":
            photo = photo_of(name_of(student), "?-stranger", shot=next(SHOTS))
            await self.school.services.get(RecognitionFlows).submit(by, session_id, photo)
        elif what == "mark":
            await self.school.call_roll(session_id, {who: status.value}, by=by)
        elif what == "roll call":
            await self.school.call_roll(
                session_id, dict.fromkeys(self.school.students, status.value), by=by, close=True
            )
        else:
            await self.school.transactions.run(self._written(what, by, session_id, who, status))

    def _written(
        self, what: str, by: Caller, session_id: str, who: str, status: Attendance
    ) -> Callable[[Transaction], Coroutine[Any, Any, object]]:
        school, sessions = self.school, self.school.services.get(SessionService)

        async def decide(tx: Transaction) -> object:
            captures = await school.services.get(CaptureService).of_session(by, session_id, tx)
            if not captures:
                raise NotFound
            return await school.flows.decide(by, captures[-1].id, 1, NewDecision(student_id=who), None, tx)

        async def correct(tx: Transaction) -> object:
            found = await school.records(session_id)
            if not found:
                raise NotFound
            correction = Correction(status=status, reason="a reason")
            return await school.services.get(RecordFlows).correct(by, found[who].id, correction, tx)

        return {
            "decide": decide,
            "correct": correct,
            "close": lambda tx: school.flows.close(by, session_id, None, tx),
            "reopen": lambda tx: school.flows.reopen(by, session_id, tx),
            "lock": lambda tx: sessions.lock(OFFICE, session_id, tx),
        }[what]

    async def _check(self) -> None:
        counted: dict[str, Counts] = defaultdict(Counts)
        day = None
        for session_id in self.sessions:
            session = await self.school.services.get(SessionService).session(OFFICE, session_id)
            records, day = await self.school.records(session_id), session.date
            assert sorted(records) in ([], sorted(self.school.students)), "one record a student, of all or of nobody"
            assert records or session.state == "open"
            for record in records.values():
                self._check_history(record)
                counted[record.student_id] += record.counts
            await self._check_faces(session, records.values())
        if day:
            kept = await self.school.totals(day, day)
            assert {s: c for s, c in kept.items() if c != NONE} == dict(counted)

    async def _check_faces(self, session: Session, records: Iterable[AttendanceRecord]) -> None:
        """What the photos came to is what the records say of it, counted here once more."""
        tallies = self.school.services.get(FaceTallyService)
        kept = {one.id: one for one in await tallies.between(OFFICE, session.day, session.day)}
        found = kept.get(session.id)
        became = Counter((record.seen, "there" if record.status in THERE else record.status) for record in records)
        told = {"named": Seen.PRESENT, "offered": Seen.UNCERTAIN, "unseen": Seen.NOT_SEEN}
        ends = ("there", Attendance.ABSENT, Attendance.EXCUSED)
        expected = {f"{name}_{end}": became[seen, end] for name, seen in told.items() for end in ends}
        assert (
            found.outcomes.model_dump(exclude={"named_corrected"}) if found else dict.fromkeys(expected, 0)
        ) == expected
        assert (found.faces if found else FaceCounts()) == (session.photographed or NO_PHOTO).faces

    def _check_history(self, record: AttendanceRecord) -> None:
        before = self.histories.get(record.id)
        if before:
            assert record.history[: len(before.history)] == before.history
        assert [change.from_status for change in record.history] == [None, *[c.to for c in record.history[:-1]]]
        assert (record.history[-1].to, record.history[-1].source) == (record.status, record.source)
        self.histories[record.id] = record


@pytest.fixture
async def school(environment: dict[str, str]) -> AsyncIterator[School]:
    async with a_school(environment, STUDENTS, TEACHERS) as made:
        for number in range(STUDENTS):
            await made.enrol(number)
        yield made


@pytest.mark.parametrize("_part", range(PARTS))
async def test_whatever_several_people_do_at_once_no_history_is_lost_and_totals_agree(
    school: School, _part: int
) -> None:
    Story.school, Story.loop = school, asyncio.get_running_loop()

    await asyncio.to_thread(run_state_machine_as_test, Story, settings=PLAN)

    recounted = await school.services.get(RecordFlows).recount(OFFICE)
    assert recounted.days > 0
    assert recounted.repaired == 0


async def test_counting_anew_repairs_what_was_changed_behind_its_back(school: School) -> None:
    session = await school.open()
    await school.call_roll(session.id, {school.students[0]: "late"}, close=True)
    before = await school.totals()
    wrong = {school.students[0]: Counts(late=3), school.students[1]: Counts(absent=-1)}
    tallies = school.services.get(RecordFlows).tallies
    week = await tallies.by_week(OFFICE, MONDAY, MONDAY + timedelta(days=6))
    await school.transactions.run(lambda tx: tallies.add(OFFICE, school.subject, DAY.isoformat(), wrong, tx))
    assert await school.totals() != before

    recounts = [await school.services.get(RecordFlows).recount(OFFICE) for _ in range(2)]

    assert [(told.days, told.repaired) for told in recounts] == [(1, 1), (1, 0)]
    assert await school.totals() == before
    assert await tallies.by_week(OFFICE, MONDAY, MONDAY + timedelta(days=6)) == week
