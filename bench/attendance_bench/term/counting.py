"""Holds what the database keeps and what the API tells of the term against the recount, range by range."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from pymongo import MongoClient

from attendance_bench.term.plan import CLOCK_CHANGE, FIRST_DAY, LAST_DAY, NIGHT_PERIOD, Term
from attendance_bench.term.recount import LEFT_EARLY, Recount, Sum, agree
from attendance_bench.term.speaking import Speaker, Taken, roll_number
from attendance_bench.term.taking import planned

RANGES = (
    (FIRST_DAY, LAST_DAY),
    (date(2042, 10, 1), date(2042, 10, 31)),
    (date(2042, 10, 30), date(2042, 11, 12)),
    (CLOCK_CHANGE, CLOCK_CHANGE),
    (date(2042, 11, 4), date(2042, 11, 6)),
    (date(2042, 9, 9), date(2042, 9, 9)),
)
"""The term, the month in which the clocks change, days around both holidays, the night of the change, days without
lessons, a single day."""
THRESHOLDS = (75, 90)
ASKED_STUDENTS = 25
"""One student in so many is asked about."""
DONE = frozenset(["closed", "locked"])
STARTED = {"subject_id": 1, "date": 1, "period": 1, "starts_at": 1, "closed_by": 1}


class Counting:
    """Each method says in a line what agrees.

    Raises:
        DisagreementError: something does not; it names what.
    """

    def __init__(self, term: Term, taken: Taken, office: Speaker, database: Any) -> None:
        self._term, self._taken, self._office, self._database = term, taken, office, database
        self._students = {student: number for number, student in enumerate(taken.students)}
        self._subjects = {subject: number for number, subject in enumerate(taken.subjects)}

    def lines(self) -> Iterator[str]:
        yield self._timetable()
        yield self._sessions()
        for since, until in RANGES:
            yield self._range(since, until)
        yield self._histories()
        yield self._export()

    def _timetable(self) -> str:
        told = {
            (self._subjects[subject], day, period): (_moment(one["starts_at"]), one["room_id"], one["state"] in DONE)
            for (subject, day, period), one in planned(self._office).items()
        }
        true = {
            (one.subject, one.day.isoformat(), one.period): (one.starts_at, self._taken.rooms[one.room], True)
            for one in self._term.lessons
        }
        agree("the timetable", told, true)
        twice = len(true) - len({key[:2] for key in true})
        return f"{len(true)} lessons as the timetable has them, {twice} of them the second of their day"

    def _sessions(self) -> str:
        """When sessions begin, and who closed them: substitutes theirs."""
        teachers = self._taken.teachers
        rows = self._database["sessions"].find({}, STARTED)
        told = {
            (self._subjects[row["subject_id"]], row["date"], row["period"]): (row["starts_at"], row["closed_by"])
            for row in rows
        }
        lessons = self._term.lessons
        true = {
            (one.subject, one.day.isoformat(), one.period): (one.starts_at, teachers[self._term.taker_of(number)])
            for number, one in enumerate(lessons)
        }
        agree("the sessions", told, true)
        night = next(one for one in lessons if one.day == CLOCK_CHANGE)
        nights = sum(one.period == NIGHT_PERIOD for one in lessons)
        substituted = sum(self._term.is_substituted(number) for number in range(len(lessons)))
        return (
            f"{len(told)} sessions begin as the school's clocks say, the one in the hour that comes twice at "
            f"{night.starts_at:%H:%M} UTC ({nights} nights), {substituted} taken by substitutes"
        )

    def _range(self, since: date, until: date) -> str:
        true = Recount(self._term, since, until)
        days = {"from": since.isoformat(), "to": until.isoformat()}
        agree(f"the records of {since} to {until}", self._kept(since, until), true.by_place)
        agree(f"the reports by subject, {since} to {until}", self._by_place(days), true.by_place)
        self._school(days, true)
        self._asked_students(days, true)
        risks = [self._at_risk(days, threshold, true) for threshold in THRESHOLDS]
        told = " and ".join(f"{count} below {threshold} %" for threshold, count in zip(THRESHOLDS, risks, strict=True))
        return f"{since} to {until}: {true.whole.records} records in all reports, at risk {told}"

    def _kept(self, since: date, until: date) -> dict[tuple[int, int], Sum]:
        """By the records alone, as they lie in the database."""
        days = {"$gte": since.isoformat(), "$lte": until.isoformat()}
        sessions = {one["_id"]: one["subject_id"] for one in self._database["sessions"].find({"date": days})}
        found: dict[tuple[int, int], Sum] = {}
        for row in self._database["records"].find({}, {"session_id": 1, "student_id": 1, "status": 1, "left_at": 1}):
            if subject := sessions.get(row["session_id"]):
                place = self._subjects[subject], self._students[row["student_id"]]
                into = found.setdefault(place, Sum(Counter())).counts
                into.update([row["status"], *([LEFT_EARLY] if row.get("left_at") else [])])
        return found

    def _by_place(self, days: dict[str, str]) -> dict[tuple[int, int], Sum]:
        return {
            (number, self._students[row["student"]["id"]]): Sum.of(row)
            for subject, number in self._subjects.items()
            for row in self._office.pages(f"/reports/subjects/{subject}", "students", **days)
        }

    def _school(self, days: dict[str, str], true: Recount) -> None:
        report = self._office.done("GET", "/reports/school", params=days)
        agree("the school's total", Sum.of(report["totals"]), true.whole)
        weeks = {row["week"]: Sum.of(row) for row in report["weeks"]}
        agree("the school's weeks", weeks, {f"{y:04}-W{w:02}": one for (y, w), one in true.by_week.items()})
        rows = self._office.pages("/reports/school", "subjects", **days)
        subjects = {(self._subjects[row["subject"]["id"]], 0): Sum.of(row) for row in rows}
        agree("the school's subjects", {key: one for key, one in subjects.items() if one.records}, true.by_subject)

    def _asked_students(self, days: dict[str, str], true: Recount) -> None:
        for number, student in list(enumerate(self._taken.students))[::ASKED_STUDENTS]:
            report = self._office.done("GET", f"/reports/students/{student}", params=days)
            told = {self._subjects[row["subject"]["id"]]: Sum.of(row) for row in report["subjects"]}
            found = true.of_student(number)
            agree(f"the subjects of student {number}", told, found)
            whole = sum((one.counts for one in found.values()), Counter[str]())
            agree(f"the total of student {number}", Sum.of(report["totals"]), Sum(whole))

    def _at_risk(self, days: dict[str, str], threshold: int, true: Recount) -> int:
        told = {
            (self._subjects[row["subject"]["id"]], self._students[row["student"]["id"]]): Sum.of(row)
            for row in self._office.pages("/reports/at-risk", threshold=threshold, **days)
        }
        agree(f"who is below {threshold} %", told, true.at_risk(threshold))
        return len(told)

    def _histories(self) -> str:
        rows = self._database["records"].find({"history.1": {"$exists": True}}, {"history": 1})
        told = sum(len(row["history"]) - 1 for row in rows)
        agree("corrections in the histories", told, sum(len(self._term.corrections(one)) for one in self._term.lessons))
        given = self._term.excuses
        back = sum(one.taken_back for one in given)
        return f"{told} corrections, each in its record's history; {len(given)} excuses given, {back} taken back"

    def _export(self) -> str:
        """Every record of the term in a file."""
        days = {"from": FIRST_DAY.isoformat(), "to": LAST_DAY.isoformat()}
        sent = self._office.ask("GET", "/reports/records/export", params=days).content
        rows = csv.DictReader(sent.decode("utf-8-sig").splitlines())
        told = Counter((row["Code"], row["Roll number"], row["Date"], row["Status"]) for row in rows)
        true = Counter(
            (f"SUB-{one.lesson.subject:03d}", roll_number(one.student), one.lesson.day.isoformat(), one.status)
            for one in self._term.outcomes
        )
        agree("the file of all records", told, true)
        return f"the file of all records, {len(sent) / 1e6:.1f} MB, has the same {told.total()} rows"


def _moment(told: str) -> datetime:
    return datetime.fromisoformat(told)


def check(term: Term, taken: Taken, office: Speaker, uri: str, database: str) -> Iterable[str]:
    """The lines of everything that agrees."""
    with MongoClient[Any](uri, tz_aware=True) as client:
        yield from Counting(term, taken, office, client[database]).lines()
