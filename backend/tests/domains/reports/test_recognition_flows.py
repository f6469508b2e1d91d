"""The quality of recognition, from photos and decisions to the report: what photos said, and what staff made of it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from backend.tests.domains.attendance.school import DAY, OFFICE, School, a_school, name_of
from backend.tests.simulator import photo_of

from attendance_backend.domains.attendance.flows import RecognitionFlows
from attendance_backend.domains.attendance.schemas import NewDecision, SessionView
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.privacy.flows import PrivacyFlows
from attendance_backend.domains.records.flows import RecordFlows
from attendance_backend.domains.records.schemas import Attendance, Correction
from attendance_backend.domains.reports.flows import Asked
from attendance_backend.domains.reports.recognition.flows import QualityFlows
from attendance_backend.domains.reports.recognition.schemas import Grouping, QualityReport
from attendance_backend.paging import PageRequest

ENROLLED, SIZE = 5, 6
NAMED, OFFERED, WRONG, AWAY, ABSENT, WITHOUT_FACE = range(SIZE)
"""What becomes of each student: one is named and there, one offered, one named and not there, one not on the photo and
there, one nowhere; and one is there without an enrolled face."""
WEEK = Asked(DAY, DAY + timedelta(days=6))


@pytest.fixture
async def school(environment: dict[str, str]) -> AsyncIterator[School]:
    async with a_school(environment, SIZE) as made:
        for number in range(ENROLLED):
            await made.enrol(number)
        yield made


@pytest.fixture
async def session(school: School) -> SessionView:
    """A closed session: its photo names two students, offers one, and shows a stranger whom the teacher knows."""
    opened = await school.open()
    photo = photo_of(name_of(NAMED), f"{name_of(OFFERED)}?", name_of(WRONG), "?-stranger", "?-passer-by")
    capture = await school.services.get(RecognitionFlows).submit(school.teacher, opened.id, photo)
    for face, who in ((0, NAMED), (1, OFFERED), (3, AWAY)):
        said = NewDecision(student_id=school.students[who])
        await school.transactions.run(
            lambda tx, face=face, said=said: school.flows.decide(school.teacher, capture.id, face, said, None, tx)
        )
    await school.call_roll(opened.id, {school.students[WITHOUT_FACE]: "present"}, close=True)
    return opened


async def report(school: School, asked: Asked = WEEK, by: Caller = OFFICE) -> QualityReport:
    page = PageRequest(50, sort="code")
    return await school.services.get(QualityFlows).quality(by, asked, None, page)


async def correct(school: School, session: SessionView, who: int, status: Attendance) -> None:
    record = (await school.records(session.id))[school.students[who]]
    given = Correction(status=status, reason="as I know")
    flows = school.services.get(RecordFlows)
    await school.transactions.run(lambda tx: flows.correct(school.teacher, record.id, given, tx))


async def test_faces_are_counted_by_what_the_photo_said_and_what_the_teacher_did(
    school: School, session: SessionView
) -> None:
    told = (await report(school)).totals

    assert told.sessions == 1
    assert told.faces.model_dump(exclude_defaults=True) == {
        "photos": 1,
        "faces": 5,
        "named": 2,
        "named_confirmed": 1,
        "offered": 1,
        "offered_confirmed": 1,
        "strangers": 2,
        "strangers_named": 1,
    }
    assert told.outcomes.model_dump(exclude_defaults=True) == {
        "named_there": 2,
        "offered_there": 1,
        "unseen_there": 1,
        "unseen_absent": 1,
    }


async def test_a_correction_turns_a_name_into_a_false_match_and_back(school: School, session: SessionView) -> None:
    await correct(school, session, WRONG, Attendance.ABSENT)
    await correct(school, session, ABSENT, Attendance.LATE)
    wrong = (await report(school)).totals
    await correct(school, session, WRONG, Attendance.PRESENT)
    right = (await report(school)).totals

    assert (wrong.false_matches.count, wrong.false_matches.cases) == (1, 2)
    assert (wrong.outcomes.named_corrected, wrong.misses.count, wrong.misses.cases) == (1, 2, 4)
    assert (wrong.false_matches.rate, wrong.false_matches.low) == (None, None)
    assert (right.false_matches.count, right.outcomes.named_corrected) == (0, 0)


async def test_a_range_a_week_and_a_callers_subjects_really_filter(school: School, session: SessionView) -> None:
    before = await report(school, Asked(DAY - timedelta(days=7), DAY - timedelta(days=1)))
    nobody = await report(school, by=Caller("other", Role.TEACHER, frozenset(), frozenset()))
    own = await report(school, by=school.teacher)

    assert (before.totals.sessions, before.weeks, before.judged, before.subjects.items) == (0, [], [], [])
    assert nobody.totals.sessions == 0
    assert [(week.monday, week.sessions) for week in own.weeks] == [(DAY - timedelta(days=DAY.weekday()), 1)]
    assert [(one.subject.code, one.sessions) for one in own.subjects.items] == [("MATH-1", 1)]
    assert [one.judged.model for one in own.judged if one.judged] == ["played@1"]
    assert own.caveats


async def test_closing_again_counts_once_and_erasing_a_face_takes_no_count_away(
    school: School, session: SessionView
) -> None:
    before = (await report(school)).totals
    await school.transactions.run(lambda tx: school.flows.reopen(school.teacher, session.id, tx))
    while_open = (await report(school)).totals
    await school.transactions.run(lambda tx: school.flows.close(school.teacher, session.id, None, tx))
    again = (await report(school)).totals
    erasures = school.services.get(PrivacyFlows)
    await school.transactions.run(lambda tx: erasures.erase(OFFICE, school.students[NAMED], tx))
    await erasures.carry_out(OFFICE, school.students[NAMED])

    recounted = await school.services.get(RecordFlows).recount(OFFICE)

    assert before == while_open == again == (await report(school)).totals
    assert recounted.repaired == 0


async def test_the_table_has_a_row_for_each_group_and_one_for_all(school: School, session: SessionView) -> None:
    firsts = {Grouping.SUBJECT: "MATH-1", Grouping.WEEK: "2026-W47", Grouping.JUDGED: "played@1"}
    for grouping, first in firsts.items():
        table = await school.services.get(QualityFlows).table(school.teacher, WEEK, None, grouping)

        rows = [tuple(row) for some in [batch async for batch in table.rows] for row in some]
        assert [row[0] for row in rows] == [first, "All"]
        assert {len(row) for row in rows} == {len(table.header)}
        assert rows[0][-17:] == rows[1][-17:] == (1, 1, 5, 2, 2, 0, 0, 1, 2, None, None, None, 2, None, None, None, 4)
