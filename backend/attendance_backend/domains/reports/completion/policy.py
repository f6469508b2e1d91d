"""What became of a lesson, whose it was to take, and the sums of that."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from attendance_backend.domains.attendance.schemas import Session, SessionState
from attendance_backend.domains.reports.completion.schemas import Completion, Taken
from attendance_backend.domains.reports.policy import rate_of
from attendance_backend.domains.tallies.schemas import monday_of
from attendance_backend.domains.timetable.schemas import Lesson
from attendance_backend.institution import Place

K = TypeVar("K", bound=Hashable)
Key = tuple[str, str, int]
"""Subject, date as YYYY-MM-DD, and period."""
NOTHING = Taken()


@dataclass(frozen=True)
class Held:
    """One lesson, or one session without a lesson: whose it was to take, who took it, and what became of it."""

    subject_id: str
    date: str
    due: frozenset[str]
    by: str | None
    counts: Taken

    @property
    def monday(self) -> str:
        return monday_of(self.date)

    def concerns(self, teacher_id: str) -> bool:
        return teacher_id in self.due or teacher_id == self.by


def held(
    lessons: Iterable[Lesson],
    sessions: Sequence[Session],
    teachers: Mapping[str, Collection[str]],
    stand_ins: Mapping[Key, str],
    here: Place,
) -> Iterator[Held]:
    """What became of the lessons that are over, and of sessions beside them.

    `teachers` are a subject's own, `stand_ins` those who were to take one lesson for them.
    """
    by_key = {(session.subject_id, session.date, session.period): session for session in sessions}
    for lesson in lessons:
        key = (lesson.subject_id, lesson.date.isoformat(), lesson.period)
        session = by_key.pop(key, None)
        if lesson.ends_at <= here.now:
            due = _due(key, teachers, stand_ins)
            counts = _became(session, lesson.ends_at, here.time_zone)
            yield Held(lesson.subject_id, key[1], due, _taken_by(session) if session else None, counts)
    for key, session in by_key.items():
        due = _due(key, teachers, stand_ins)
        yield Held(session.subject_id, session.date, due, _taken_by(session), Taken(unplanned=1))


def _due(key: Key, teachers: Mapping[str, Collection[str]], stand_ins: Mapping[Key, str]) -> frozenset[str]:
    return frozenset([stand_ins[key]] if key in stand_ins else teachers.get(key[0], ()))


def _taken_by(session: Session) -> str:
    """Who closed it counts as who took it: many sessions may be opened at once by the office."""
    return session.closed_by or session.opened_by


def _became(session: Session | None, ends_at: dt.datetime, zone: dt.tzinfo) -> Taken:
    if session is None:
        return Taken(planned=1, not_taken=1)
    told = {"planned": 1, "taken": 1, "opened_late": int(session.opened_at > ends_at)}
    closed_at = session.first_closed_at or session.closed_at
    if closed_at is None or session.state is SessionState.OPEN:
        return Taken(**told, left_open=1)
    in_time = closed_at.astimezone(zone).date() <= session.day
    return Taken(**told, **{"closed_in_time" if in_time else "closed_late": 1})


def by(found: Iterable[Held], key: Callable[[Held], K]) -> dict[K, Taken]:
    """The sums of lessons by a key."""
    sums: dict[K, Taken] = defaultdict(Taken)
    for one in found:
        sums[key(one)] += one.counts
    return sums


def together(found: Iterable[Held]) -> Taken:
    return sum((one.counts for one in found), NOTHING)


def completion(counts: Taken) -> Completion:
    return Completion(lessons=counts, rate=rate_of(counts.closed_in_time, counts.planned))


@dataclass(frozen=True)
class Share:
    """A teacher's part: the lessons that were theirs to take, and those that crossed to or from somebody else."""

    lessons: Taken
    by_others: int
    stood_in: int


def share(found: Iterable[Held], teacher_id: str) -> Share:
    """What of these lessons is a teacher's."""
    mine = [one for one in found if one.concerns(teacher_id)]
    due = [one for one in mine if teacher_id in one.due]
    return Share(
        lessons=together(due),
        by_others=sum(one.by is not None and one.by != teacher_id for one in due),
        stood_in=len(mine) - len(due),
    )
