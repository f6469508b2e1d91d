"""What happens in the simulated term: who is taught what and when, and how everybody attends. It asks no server.

The school lies in Paris: its clocks change within the term, and nothing of it is somebody real.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
FIRST_DAY, LAST_DAY = date(2026, 1, 5), date(2026, 4, 24)
CLOCK_CHANGE = date(2026, 3, 29)
HOLIDAYS = {date(2026, 2, 16) + timedelta(days=n): "winter holidays" for n in range(5)} | {
    date(2026, 4, 6): "Easter Monday"
}
JOINS_ON, LEAVES_ON = date(2026, 2, 2), date(2026, 3, 16)
"""Days on which two students of each class come late to it, and one leaves."""
LATE_JOINERS, LEAVERS = 2, 1
FIRST_LESSON, LESSON = time(8, 0), timedelta(minutes=55)
WEEKDAYS = 5
SECOND_LESSON_AFTER = 3
"""Periods between the two lessons of a subject on the one weekday on which it has two."""
STATUSES = {"present": 860, "late": 50, "absent": 60, "excused": 30}
"""How often each is drawn, in a thousand."""
CORRECTED_SESSIONS, CORRECTIONS = 30, 2
"""One session in so many is corrected after it was closed, in so many records."""


@dataclass(frozen=True)
class Scale:
    """How large the school is."""

    students: int
    teachers: int
    subjects: int
    sessions: int
    roster: int


FULL = Scale(students=1_000, teachers=40, subjects=60, sessions=5_000, roster=31)
SHORT = Scale(students=100, teachers=4, subjects=5, sessions=440, roster=31)


@dataclass(frozen=True)
class Lesson:
    """One session as the timetable has it."""

    subject: int
    day: date
    period: int

    @property
    def starts_at(self) -> datetime:
        """The moment in the school's zone, whatever its clocks are on that day."""
        began = datetime.combine(self.day, FIRST_LESSON) + (self.period - 1) * LESSON
        return began.replace(tzinfo=ZONE)


@dataclass(frozen=True)
class Place:
    """A student on a roster: from `joins_on` up to the day before `leaves_on`."""

    student: int
    joins_on: date | None = None
    leaves_on: date | None = None

    def is_on(self, day: date) -> bool:
        return (self.joins_on is None or self.joins_on <= day) and (self.leaves_on is None or day < self.leaves_on)


class Term:
    """The whole term of a school of this size, the same one each time."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale

    def teacher_of(self, subject: int) -> int:
        return subject % self.scale.teachers

    @cached_property
    def rosters(self) -> Sequence[Sequence[Place]]:
        """The places of each subject's roster."""
        return [list(self._roster(subject)) for subject in range(self.scale.subjects)]

    def _roster(self, subject: int) -> Iterator[Place]:
        students = random.Random(f"roster {subject}").sample(range(self.scale.students), self.scale.roster)
        for number, student in enumerate(students):
            if number < LATE_JOINERS:
                yield Place(student, joins_on=JOINS_ON)
            elif number < LATE_JOINERS + LEAVERS:
                yield Place(student, leaves_on=LEAVES_ON)
            else:
                yield Place(student)

    @cached_property
    def lessons(self) -> Sequence[Lesson]:
        """The lessons of the term in their order: one a day in each subject, and two on one of the weekdays."""
        days = (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
        taught = [day for day in days if day.weekday() < WEEKDAYS and day not in HOLIDAYS]
        found = [lesson for day in taught for subject in range(self.scale.subjects) for lesson in _on(subject, day)]
        if len(found) < self.scale.sessions:
            raise ValueError(f"the term has {len(found)} lessons, not {self.scale.sessions}")
        return found[: self.scale.sessions]

    def present_on(self, lesson: Lesson) -> list[int]:
        """The students whose attendance of a lesson is taken."""
        return [place.student for place in self.rosters[lesson.subject] if place.is_on(lesson.day)]

    def first_word(self, lesson: Lesson) -> Mapping[int, str]:
        """What the teacher writes down, by student."""
        drawn = random.Random(f"marks {lesson}")
        kinds, weights = list(STATUSES), list(STATUSES.values())
        return {student: drawn.choices(kinds, weights)[0] for student in self.present_on(lesson)}

    def corrections(self, lesson: Lesson) -> Mapping[int, str]:
        """What is changed after the session was closed, by student: nothing, for most lessons."""
        drawn = random.Random(f"corrections {lesson}")
        if drawn.randrange(CORRECTED_SESSIONS):
            return {}
        said = self.first_word(lesson)
        chosen = drawn.sample(sorted(said), CORRECTIONS)
        return {student: "present" if said[student] == "absent" else "absent" for student in chosen}

    def last_word(self, lesson: Lesson) -> Mapping[int, str]:
        """What is true in the end, by student."""
        return {**self.first_word(lesson), **self.corrections(lesson)}

    def counted(self, since: date, until: date) -> Counter[tuple[int, int, str]]:
        """How often each student has which status in which subject, from day to day, both included."""
        within = (lesson for lesson in self.lessons if since <= lesson.day <= until)
        return Counter(
            (lesson.subject, student, status) for lesson in within for student, status in self.last_word(lesson).items()
        )


def _on(subject: int, day: date) -> Iterator[Lesson]:
    period = 1 + subject % 5
    yield Lesson(subject, day, period)
    if day.weekday() == subject % WEEKDAYS:
        yield Lesson(subject, day, period + SECOND_LESSON_AFTER)
