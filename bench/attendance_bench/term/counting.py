"""Counts the term again: from the records as they lie in the database, and from what the API tells of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from pymongo import MongoClient

from attendance_bench.term.plan import CLOCK_CHANGE, FIRST_DAY, LAST_DAY, STATUSES, Term
from attendance_bench.term.taking import Speaker, Taken

RANGES = (
    (FIRST_DAY, LAST_DAY),
    (date(2026, 2, 1), date(2026, 2, 28)),
    (date(2026, 3, 27), date(2026, 4, 7)),
    (CLOCK_CHANGE, CLOCK_CHANGE),
    (date(2026, 1, 14), date(2026, 1, 14)),
)
"""The term, a month with holidays, days around the clock change and Easter, a day without lessons, a single day."""
Counted = Counter[tuple[int, int, str]]


class Numbered:
    """The ids of the school back to the numbers of the plan."""

    def __init__(self, taken: Taken) -> None:
        self.students = {student: number for number, student in enumerate(taken.students)}
        self.subjects = {subject: number for number, subject in enumerate(taken.subjects)}


def records_in(database: Any, numbered: Numbered, since: date, until: date) -> Counted:
    """How often each student has which status in which subject, by the records alone."""
    days = {"$gte": since.isoformat(), "$lte": until.isoformat()}
    sessions = {row["_id"]: row["subject_id"] for row in database["sessions"].find({"date": days}, {"subject_id": 1})}
    rows = database["records"].find({}, {"session_id": 1, "student_id": 1, "status": 1})
    return Counter(
        (numbered.subjects[sessions[row["session_id"]]], numbered.students[row["student_id"]], row["status"])
        for row in rows
        if row["session_id"] in sessions
    )


def reported(office: Speaker, taken: Taken, numbered: Numbered, since: date, until: date) -> Counted:
    """The same as the reports of all subjects have it."""
    counted: Counted = Counter()
    for subject in taken.subjects:
        for row in office.pages(f"/reports/subjects/{subject}", "students", **{"from": since, "to": until}):
            for status in STATUSES:
                counted[numbered.subjects[subject], numbered.students[row["student"]["id"]], status] += row[status]
    return +counted


def wrong_starts(database: Any, term: Term, taken: Taken) -> list[str]:
    """Sessions that do not begin when the school's clocks say so, before and after they change."""
    lessons = {(taken.subjects[one.subject], one.day.isoformat(), one.period): one.starts_at for one in term.lessons}
    found = database["sessions"].find({}, {"subject_id": 1, "date": 1, "period": 1, "starts_at": 1})
    return [row["_id"] for row in found if not _begins(row, lessons)]


def _begins(row: Any, lessons: dict[tuple[str, str, int], datetime]) -> bool:
    return bool(lessons.get((row["subject_id"], row["date"], row["period"])) == row["starts_at"])


def histories(database: Any, term: Term) -> tuple[int, int]:
    """How many corrections the histories of all records tell of, and how many were made."""
    told = sum(
        len(row["history"]) - 1 for row in database["records"].find({"history.1": {"$exists": True}}, {"history": 1})
    )
    return told, sum(len(term.corrections(lesson)) for lesson in term.lessons)


def check(term: Term, taken: Taken, office: Speaker, uri: str, database: str) -> Iterator[str]:
    """A line for each thing that agrees.

    Raises:
        DisagreementError: something does not; it names what.
    """
    numbered = Numbered(taken)
    with MongoClient[Any](uri, tz_aware=True) as client:
        for since, until in RANGES:
            told = _alike(
                term, client[database], numbered, reported(office, taken, numbered, since, until), since, until
            )
            yield f"{since} to {until}: {told} records"
        corrections = histories(client[database], term)
        if corrections[0] != corrections[1]:
            raise DisagreementError(f"{corrections[0]} corrections in the histories, {corrections[1]} made")
        yield f"{corrections[1]} corrections, each in its record's history"
        if wrong := wrong_starts(client[database], term, taken):
            raise DisagreementError(f"{len(wrong)} sessions begin at another time, such as {wrong[0]}")
    yield f"{len(term.lessons)} sessions begin as the school's clocks say, {_doubled(term)} as the second of their day"


def _alike(term: Term, database: Any, numbered: Numbered, told: Counted, since: date, until: date) -> int:
    planned = term.counted(since, until)
    kept = records_in(database, numbered, since, until)
    for name, other in (("the records", kept), ("the reports", told)):
        if other != planned:
            differing = sorted(key for key in {*planned, *other} if planned[key] != other[key])
            raise DisagreementError(
                f"{since} to {until}: {name} differ from the plan in {len(differing)}: {differing[:3]}"
            )
    return planned.total()


def _doubled(term: Term) -> int:
    days: Sequence[tuple[int, date]] = [(lesson.subject, lesson.day) for lesson in term.lessons]
    return len(days) - len(set(days))


class DisagreementError(Exception):
    """Two counts of the same thing that differ."""
