"""What happens in the simulated term: who is taught what and when, and how everybody attends. It asks no server.

The school lies in Paris: its clocks change within the term, and nothing of it is somebody real. Clocks and sums are
reckoned here with nothing of the product's, so that it can be held against them.
"""

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

ZONE = "Europe/Paris"
FIRST_DAY, LAST_DAY = date(2042, 9, 1), date(2042, 12, 19)
"""To come, whenever this is run: a month after its day nobody stands in for a lesson any more."""
CLOCK_CHANGE = date(2042, 10, 26)
"""At three in the morning it is two again: summer time ends."""
CLOCKS_BACK = datetime.combine(CLOCK_CHANGE, time(3))
SUMMER, WINTER = timedelta(hours=2), timedelta(hours=1)
"""How far the school's clocks are ahead of UTC."""
HOLIDAYS = {
    "Autumn holidays": (date(2042, 11, 3), date(2042, 11, 7)),
    "Armistice Day": (date(2042, 11, 11), date(2042, 11, 11)),
}
JOINS_ON, LEAVES_ON = date(2042, 9, 29), date(2042, 11, 17)
"""Days on which two students of each class come late to it, and one leaves."""
LATE_JOINERS, LEAVERS = 2, 1
FIRST_LESSON, PERIOD, LESSON = time(8, 0), timedelta(minutes=55), timedelta(minutes=50)
WEEKDAYS = 5
SECOND_LESSON_AFTER = 3
"""Periods between the two lessons of a subject on the one weekday on which it has two."""
FORTNIGHTLY = 7
"""One subject in so many has its second lesson every other week only."""
NIGHT_PERIOD, NIGHT, NIGHTS = 20, time(2, 30), (date(2042, 10, 19), date(2042, 11, 2))
"""The first subject looks at the stars on Sundays: in summer, in the hour that comes twice, and in winter."""
SUNDAY = 7
ROOMS = 20
SAID = {"present": 800, "late": 50, "left early": 40, "absent": 30, "unsaid": 50, "excused": 30}
"""How often the teacher says what of a student, in a thousand. Who is not spoken of was absent, or excused before."""
TRUANTS, MISSED = 15, {"present": 650, "absent": 350}
"""One student in so many is said to be absent more often than that."""
CORRECTED_SESSIONS, CORRECTIONS = 30, 2
"""One session in so many is corrected after it was closed, in so many records."""
SUBSTITUTED_SESSIONS = 60
"""One session in so many is taken by a substitute."""
STUDENTS_PER_EXCUSE, LONGEST_EXCUSE = 5, 10
TAKEN_BACK = 8
"""One excuse in so many is taken back before it begins to count."""


@dataclass(frozen=True)
class Scale:
    """How large the school is."""

    students: int
    teachers: int
    subjects: int
    roster: int


FULL = Scale(students=1_000, teachers=40, subjects=60, roster=32)
SHORT = Scale(students=100, teachers=4, subjects=5, roster=32)


@dataclass(frozen=True)
class Weekly:
    """A lesson of a subject's week, or of every so many weeks from the term's first one on."""

    weekday: int
    period: int
    begins: time
    every_weeks: int = 1
    days: tuple[date, date] = (FIRST_DAY, LAST_DAY)

    @property
    def ends(self) -> time:
        return (datetime.combine(FIRST_DAY, self.begins) + LESSON).time()

    def is_on(self, day: date) -> bool:
        weeks = (day - FIRST_DAY).days // 7
        return (
            day.isoweekday() == self.weekday and self.days[0] <= day <= self.days[1] and weeks % self.every_weeks == 0
        )


@dataclass(frozen=True)
class Lesson:
    """One session as the timetable has it."""

    subject: int
    day: date
    period: int
    begins: time

    @property
    def starts_at(self) -> datetime:
        """The moment in UTC, whatever the school's clocks are on that day; of a moment that comes twice the first."""
        here = datetime.combine(self.day, self.begins)
        return (here - (SUMMER if here < CLOCKS_BACK else WINTER)).replace(tzinfo=UTC)

    @property
    def room(self) -> int:
        return self.subject % ROOMS


@dataclass(frozen=True)
class Place:
    """A student on a roster: from `joins_on` up to the day before `leaves_on`."""

    student: int
    joins_on: date | None = None
    leaves_on: date | None = None

    def is_on(self, day: date) -> bool:
        return (self.joins_on is None or self.joins_on <= day) and (self.leaves_on is None or day < self.leaves_on)


@dataclass(frozen=True)
class Excuse:
    """Given in advance for days from the first to the last, in one subject or, where that is None, in all."""

    student: int
    subject: int | None
    since: date
    until: date
    taken_back: bool

    def holds(self, subject: int, day: date) -> bool:
        return not self.taken_back and self.subject in {None, subject} and self.since <= day <= self.until


@dataclass(frozen=True)
class Outcome:
    """What is true of one student and one lesson in the end."""

    lesson: Lesson
    student: int
    status: str
    left_early: bool


class Term:
    """The whole term of a school of this size, the same one each time."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale

    @property
    def fingerprint(self) -> str:
        """Changes with anything that happens in the term."""
        return hashlib.sha256(Path(__file__).read_bytes() + repr(self.scale).encode()).hexdigest()

    def teacher_of(self, subject: int) -> int:
        return subject % self.scale.teachers

    def taker_of(self, number: int) -> int:
        """The teacher who takes a lesson, by its number: a substitute, now and then."""
        return (self.teacher_of(self.lessons[number].subject) + self.is_substituted(number)) % self.scale.teachers

    def is_substituted(self, number: int) -> bool:
        return number % SUBSTITUTED_SESSIONS == 0

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

    def timetable(self, subject: int) -> list[Weekly]:
        """A lesson each weekday, on one of them two, and the nights of the first subject."""
        period = 1 + subject % 5
        found = [Weekly(weekday, period, _begins(period)) for weekday in range(1, WEEKDAYS + 1)]
        later = period + SECOND_LESSON_AFTER
        weeks = 1 if subject % FORTNIGHTLY else 2
        found.append(Weekly(1 + subject % WEEKDAYS, later, _begins(later), every_weeks=weeks))
        return [*found, Weekly(SUNDAY, NIGHT_PERIOD, NIGHT, days=NIGHTS)] if subject == 0 else found

    @cached_property
    def lessons(self) -> Sequence[Lesson]:
        """All lessons of the term in their order."""
        days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
        taught = [day for day in days if not any(first <= day <= last for first, last in HOLIDAYS.values())]
        weeks = [(subject, one) for subject in range(self.scale.subjects) for one in self.timetable(subject)]
        found = [Lesson(subject, day, w.period, w.begins) for day in taught for subject, w in weeks if w.is_on(day)]
        return sorted(found, key=lambda lesson: (lesson.day, lesson.period, lesson.subject))

    @cached_property
    def excuses(self) -> Sequence[Excuse]:
        """Those that are given, each to somebody who is on the roster in question all the term."""
        count = self.scale.students // STUDENTS_PER_EXCUSE
        return [self._excuse(number, random.Random(f"excuse {number}")) for number in range(count)]

    def _excuse(self, number: int, drawn: random.Random) -> Excuse:
        subject = drawn.randrange(self.scale.subjects)
        student = drawn.choice(self.rosters[subject][LATE_JOINERS + LEAVERS :]).student
        since = FIRST_DAY + timedelta(days=drawn.randrange((LAST_DAY - FIRST_DAY).days))
        until = since + timedelta(days=drawn.randrange(LONGEST_EXCUSE))
        return Excuse(student, subject if number % 2 else None, since, until, taken_back=number % TAKEN_BACK == 0)

    @cached_property
    def _excuses_of(self) -> Mapping[int, list[Excuse]]:
        return {s: [one for one in self.excuses if one.student == s] for s in {one.student for one in self.excuses}}

    def _is_excused(self, student: int, lesson: Lesson) -> bool:
        return any(one.holds(lesson.subject, lesson.day) for one in self._excuses_of.get(student, ()))

    def present_on(self, lesson: Lesson) -> list[int]:
        """The students whose attendance of a lesson is taken."""
        return [place.student for place in self.rosters[lesson.subject] if place.is_on(lesson.day)]

    def said(self, lesson: Lesson) -> Mapping[int, str]:
        """What the teacher says, by student. Of who is excused only that they came late nevertheless."""
        drawn = random.Random(f"said {lesson}")
        drawn_from = {student: SAID if student % TRUANTS else MISSED for student in self.present_on(lesson)}
        found = {s: drawn.choices(list(kinds), list(kinds.values()))[0] for s, kinds in drawn_from.items()}
        return {s: "unsaid" if said != "late" and self._is_excused(s, lesson) else said for s, said in found.items()}

    def closed_with(self, lesson: Lesson) -> Mapping[int, str]:
        """What closing writes down, by student."""
        unsaid = {s: "excused" if self._is_excused(s, lesson) else "absent" for s in self.present_on(lesson)}
        return {student: unsaid[student] if said == "unsaid" else said for student, said in self.said(lesson).items()}

    def corrections(self, lesson: Lesson) -> Mapping[int, str]:
        """What is changed after the session was closed, by student: nothing, for most lessons."""
        drawn = random.Random(f"corrections {lesson}")
        if drawn.randrange(CORRECTED_SESSIONS):
            return {}
        closed = self.closed_with(lesson)
        chosen = drawn.sample(sorted(closed), CORRECTIONS)
        return {student: "present" if closed[student] == "absent" else "absent" for student in chosen}

    @cached_property
    def outcomes(self) -> Sequence[Outcome]:
        """What is true in the end, of each lesson and student."""
        ended = ((lesson, {**self.closed_with(lesson), **self.corrections(lesson)}) for lesson in self.lessons)
        return [
            Outcome(lesson, student, "present" if kind == "left early" else kind, kind == "left early")
            for lesson, kinds in ended
            for student, kind in kinds.items()
        ]


def _begins(period: int) -> time:
    return (datetime.combine(FIRST_DAY, FIRST_LESSON) + (period - 1) * PERIOD).time()
