"""What became of lessons, against lessons that are played by hand: whose they were, and who took them when."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_backend.domains.attendance.schemas import Session, SessionState
from attendance_backend.domains.reports.completion.policy import Held, by, held, share, together
from attendance_backend.domains.reports.completion.schemas import Taken
from attendance_backend.domains.timetable.schemas import Lesson
from attendance_backend.institution import Place

ZONE = ZoneInfo("Pacific/Auckland")
DAY = dt.date(2026, 11, 16)
BEGINS = dt.datetime(2026, 11, 16, 9, 0, tzinfo=ZONE).astimezone(dt.UTC)
HOUR = dt.timedelta(hours=1)
NEXT_WEEK = Place(ZONE, BEGINS + dt.timedelta(days=7))
TEACHERS = {"math": ["ann", "ben"], "art": ["cleo"]}
MOMENTS = st.integers(-20, 60).map(lambda hours: BEGINS + hours * HOUR)


def lesson(subject: str = "math", period: int = 1, day: dt.date = DAY) -> Lesson:
    starts = BEGINS + (day - DAY)
    return Lesson(subject_id=subject, date=day, period=period, starts_at=starts, ends_at=starts + HOUR, room_id=None)


def session(
    opened: dt.datetime, closed: dt.datetime | None, by: str = "ann", subject: str = "math", period: int = 1
) -> Session:
    return Session(
        id=f"{subject}-{period}",
        subject_id=subject,
        date=DAY.isoformat(),
        period=period,
        starts_at=None,
        state=SessionState.CLOSED if closed else SessionState.OPEN,
        version=1,
        marks={},
        decisions=[],
        opened_at=opened,
        opened_by="the-office",
        closed_at=closed,
        first_closed_at=closed,
        closed_by=by if closed else None,
    )


def became(*sessions: Session, lessons: tuple[Lesson, ...] = (lesson(),), here: Place = NEXT_WEEK) -> list[Held]:
    return list(held(lessons, sessions, TEACHERS, {}, here))


@settings(deadline=None)
@given(MOMENTS, st.none() | st.integers(0, 60))
def test_every_lesson_is_taken_or_not_and_every_taken_one_closed_in_time_or_late_or_open(
    opened: dt.datetime, hours: int | None
) -> None:
    closed = None if hours is None else opened + hours * HOUR
    told = together(became(session(opened, closed), lessons=(lesson(), lesson("art"))))

    assert (told.planned, told.taken + told.not_taken, told.taken) == (2, 2, 1)
    assert told.closed_in_time + told.closed_late + told.left_open == 1
    assert told.opened_late == (opened > BEGINS + HOUR)
    assert told.left_open == (closed is None)
    assert told.closed_in_time == (closed is not None and closed.astimezone(ZONE).date() <= DAY)


@pytest.mark.parametrize(("hour", "in_time"), [(23, True), (24, False)])
def test_in_time_is_the_day_where_the_school_is(hour: int, in_time: bool) -> None:
    closed = dt.datetime(2026, 11, 16, tzinfo=ZONE) + hour * HOUR

    told = together(became(session(BEGINS, closed)))

    assert bool(told.closed_in_time) is in_time


def test_what_is_not_over_is_not_planned_yet_and_a_session_beside_the_timetable_is_told_apart() -> None:
    early = became(lessons=(lesson(), lesson(period=2)), here=Place(ZONE, BEGINS + HOUR / 2))
    beside = became(session(BEGINS, None, period=7), lessons=(lesson(),))

    assert early == []
    assert together(beside) == Taken(planned=1, not_taken=1, unplanned=1)


def test_a_lesson_is_its_subjects_teachers_unless_somebody_stands_in() -> None:
    stand_ins = {("math", DAY.isoformat(), 2): "cleo"}
    sessions = [session(BEGINS, BEGINS + HOUR, "ben"), session(BEGINS, BEGINS + HOUR, "cleo", period=2)]
    found = list(held([lesson(), lesson(period=2), lesson("art")], sessions, TEACHERS, stand_ins, NEXT_WEEK))

    shares = {who: share(found, who) for who in ("ann", "ben", "cleo", "dan")}
    told = {who: (one.lessons.planned, one.lessons.taken, one.by_others, one.stood_in) for who, one in shares.items()}
    assert told == {"ann": (1, 1, 1, 0), "ben": (1, 1, 0, 0), "cleo": (2, 1, 0, 0), "dan": (0, 0, 0, 0)}


def test_who_took_a_lesson_unasked_stood_in_for_those_whose_it_was() -> None:
    found = became(session(BEGINS, BEGINS + HOUR, "cleo"))

    assert (share(found, "cleo").stood_in, share(found, "cleo").lessons.planned) == (1, 0)
    assert share(found, "ann").by_others == share(found, "ben").by_others == 1


def test_lessons_add_up_by_week_and_subject() -> None:
    days = [DAY, DAY + dt.timedelta(days=6), DAY + dt.timedelta(days=7)]
    found = became(lessons=tuple(lesson(day=day) for day in days), here=Place(ZONE, BEGINS + dt.timedelta(days=30)))

    assert {monday: of.planned for monday, of in by(found, lambda one: one.monday).items()} == {
        "2026-11-16": 2,
        "2026-11-23": 1,
    }
    assert by(found, lambda one: one.subject_id)["math"] == Taken(planned=3, not_taken=3)
