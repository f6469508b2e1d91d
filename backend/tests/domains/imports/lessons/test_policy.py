"""What the cells of a timetable may say."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_backend.domains.imports.lessons.policy import lesson_row
from attendance_backend.domains.imports.schemas import Cells, LessonRow

PLAIN = {"subject_code": "M", "weekday": "1", "period": "1", "starts_at": "00:00", "ends_at": "23:59"}


@settings(deadline=None)
@given(st.times(), st.sampled_from([":", ".", "h"]), st.booleans())
def test_a_time_is_read_however_a_school_writes_it(time: dt.time, sign: str, padded: bool) -> None:
    hour = f"{time.hour:02}" if padded else str(time.hour)

    row = lesson_row(Cells(2, {**PLAIN, "ends_at": f"{hour}{sign}{time.minute:02}"}))

    if time.hour == time.minute == 0:
        assert row == ("ends_at", "NO_LESSON", "ends_at has to lie behind starts_at.")
    else:
        assert isinstance(row, LessonRow)
        assert row.entry.ends_at == time.strftime("%H:%M")


@settings(deadline=None)
@given(st.fixed_dictionaries({name: st.text(max_size=12) for name in PLAIN}))
def test_whatever_stands_there_is_a_lesson_or_told_by_column(told: dict[str, str]) -> None:
    row = lesson_row(Cells(2, told))

    assert isinstance(row, LessonRow) or row[0] in PLAIN


@pytest.mark.parametrize(
    ("day", "number"), [("Mon.", 1), ("DIENSTAG", 2), ("miércoles", 3), ("jeu", 4), ("terça-feira", 2), ("7", 7)]
)
def test_days_have_names_in_some_languages(day: str, number: int) -> None:
    row = lesson_row(Cells(2, {**PLAIN, "weekday": day}))

    assert isinstance(row, LessonRow)
    assert row.entry.weekday == number
