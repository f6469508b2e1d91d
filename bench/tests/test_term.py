"""The simulated term is what it says: of its size, with late joiners, holidays, clock changes and corrections."""

from collections import Counter
from datetime import UTC, date

from attendance_bench.term.plan import (
    CLOCK_CHANGE,
    FIRST_DAY,
    FULL,
    HOLIDAYS,
    JOINS_ON,
    LAST_DAY,
    LEAVES_ON,
    SHORT,
    STATUSES,
    Lesson,
    Term,
)


def test_the_full_term_is_as_large_as_a_school() -> None:
    term = Term(FULL)

    assert (len(term.lessons), len(term.rosters)) == (5_000, 60)
    assert term.counted(FIRST_DAY, LAST_DAY).total() >= 150_000
    assert {term.teacher_of(subject) for subject in range(60)} == set(range(40))
    assert len({place.student for roster in term.rosters for place in roster}) > 800


def test_nobody_is_taught_on_a_holiday_and_everybody_after_the_clocks_change() -> None:
    days = Counter(lesson.day for lesson in Term(SHORT).lessons)

    assert not set(days) & set(HOLIDAYS)
    assert min(days) == FIRST_DAY
    assert max(days) > CLOCK_CHANGE
    assert max(Counter((one.subject, one.day) for one in Term(SHORT).lessons).values()) == 2


def test_a_lesson_begins_by_the_schools_clocks() -> None:
    winter = Lesson(0, date(2026, 3, 27), 1).starts_at.astimezone(UTC)
    summer = Lesson(0, date(2026, 3, 30), 1).starts_at.astimezone(UTC)

    assert (winter.hour, summer.hour) == (7, 6)


def test_who_joins_late_or_leaves_is_not_counted_before_and_after() -> None:
    term = Term(SHORT)
    late, leaver = term.rosters[0][0], term.rosters[0][2]
    for lesson in (one for one in term.lessons if one.subject == 0):
        assert (late.student in term.present_on(lesson)) == (lesson.day >= JOINS_ON)
        assert (leaver.student in term.present_on(lesson)) == (lesson.day < LEAVES_ON)


def test_a_correction_changes_what_was_said_and_the_term_is_the_same_each_time() -> None:
    term, again = Term(SHORT), Term(SHORT)
    corrected = [lesson for lesson in term.lessons if term.corrections(lesson)]

    assert corrected
    for lesson in corrected:
        said, changed = term.first_word(lesson), term.corrections(lesson)
        assert all(said[student] != status for student, status in changed.items())
        assert set(term.last_word(lesson).values()) <= set(STATUSES)
    assert term.counted(FIRST_DAY, LAST_DAY) == again.counted(FIRST_DAY, LAST_DAY)
