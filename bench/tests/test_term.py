"""The simulated term is what it says: of its size, with all that happens in a school; and its recount sees a slip."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from attendance_bench.term.plan import (
    CLOCK_CHANGE,
    FIRST_DAY,
    FULL,
    HOLIDAYS,
    JOINS_ON,
    LAST_DAY,
    LEAVES_ON,
    NIGHT_PERIOD,
    SHORT,
    Term,
)
from attendance_bench.term.recount import DisagreementError, Recount, Sum, agree

ROW = {"present": 3, "late": 1, "absent": 2, "excused": 4, "left_early": 1, "attended": 4, "counted": 6, "rate": 66.7}


def test_the_full_term_is_as_large_as_a_school() -> None:
    term = Term(FULL)

    assert len(term.lessons) >= 5_000
    assert len(term.outcomes) >= 150_000
    assert len(term.rosters) == 60
    assert {term.teacher_of(subject) for subject in range(60)} == set(range(40))
    assert len({place.student for roster in term.rosters for place in roster}) > 800


def test_nobody_is_taught_on_a_holiday_and_some_are_twice_a_day() -> None:
    lessons = Term(SHORT).lessons
    days = {one.day for one in lessons}

    assert not any(first <= day <= last for day in days for first, last in HOLIDAYS.values())
    assert min(days) == FIRST_DAY
    assert max(days) == LAST_DAY
    assert max(Counter((one.subject, one.day) for one in lessons).values()) == 2


def test_a_lesson_begins_by_the_schools_clocks() -> None:
    lessons = Term(SHORT).lessons
    mornings = {one.day: one.starts_at for one in lessons if one.period == 1}
    nights = [one.starts_at for one in lessons if one.period == NIGHT_PERIOD]

    assert mornings[date(2042, 10, 24)] == datetime(2042, 10, 24, 6, tzinfo=UTC)
    assert mornings[date(2042, 10, 27)] == datetime(2042, 10, 27, 7, tzinfo=UTC)
    assert nights == [
        datetime(2042, 10, 19, 0, 30, tzinfo=UTC),
        datetime(CLOCK_CHANGE.year, CLOCK_CHANGE.month, CLOCK_CHANGE.day, 0, 30, tzinfo=UTC),
        datetime(2042, 11, 2, 1, 30, tzinfo=UTC),
    ]


def test_who_joins_late_or_leaves_is_not_counted_before_and_after() -> None:
    term = Term(SHORT)
    late, leaver = term.rosters[0][0], term.rosters[0][2]
    for lesson in (one for one in term.lessons if one.subject == 0):
        assert (late.student in term.present_on(lesson)) == (lesson.day >= JOINS_ON)
        assert (leaver.student in term.present_on(lesson)) == (lesson.day < LEAVES_ON)


def test_who_is_excused_and_not_spoken_of_is_excused_unless_it_was_taken_back() -> None:
    term = Term(SHORT)
    unsaid = [(one, s) for one in term.lessons for s, said in term.said(one).items() if said == "unsaid"]
    closed = Counter(term.closed_with(lesson)[student] for lesson, student in unsaid)

    assert set(closed) == {"absent", "excused"}
    assert {one.taken_back for one in term.excuses} == {True, False}


def test_a_correction_changes_what_was_said_and_the_term_is_the_same_each_time() -> None:
    term = Term(SHORT)
    corrected = [lesson for lesson in term.lessons if term.corrections(lesson)]

    assert corrected
    for lesson in corrected:
        closed, changed = term.closed_with(lesson), term.corrections(lesson)
        assert all(closed[student] != status for student, status in changed.items())
    assert term.outcomes == Term(SHORT).outcomes
    assert (term.fingerprint == Term(SHORT).fingerprint, term.fingerprint == Term(FULL).fingerprint) == (True, False)


def test_a_report_that_does_not_follow_from_its_counts_is_seen() -> None:
    assert Sum.of(ROW).records == 10
    for name in ("attended", "counted", "rate"):
        with pytest.raises(DisagreementError, match=name):
            Sum.of({**ROW, name: ROW[name] + 1})


def test_one_record_more_or_less_is_seen() -> None:
    term = Term(SHORT)
    place, true = next(iter(Recount(term, FIRST_DAY, LAST_DAY).by_place.items()))

    agree("the same", {place: Sum(Counter(true.counts))}, {place: true})
    with pytest.raises(DisagreementError, match="1 rows differ"):
        agree("another", {place: Sum(true.counts + Counter(["late"]))}, {place: true})
