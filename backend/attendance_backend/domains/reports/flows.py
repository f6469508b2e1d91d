"""Reports as a story: counts from the tallies, names from people and teaching, the threshold from the school."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from attendance_backend.bulk import MOST_ASKED, pieces
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.people.schemas import Student
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.reports.policy import (
    ahead,
    attended_of,
    is_at_risk,
    outlook,
    range_of,
    rate_of,
    standing,
    sums,
    together,
    weeks,
)
from attendance_backend.domains.reports.schemas import (
    AtRisk,
    Below,
    Report,
    SchoolReport,
    StudentLabel,
    StudentOutlook,
    StudentReport,
    SubjectOutlook,
    SubjectReport,
    SubjectStanding,
)
from attendance_backend.domains.tallies.schemas import Counts, Days
from attendance_backend.domains.tallies.service import TallyService
from attendance_backend.domains.teaching.schemas import SubjectLabel
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.service import TermService, TimetableService
from attendance_backend.institution import Institution
from attendance_backend.paging import Page, PageRequest

RATE_STEPS = 100_000
"""A rate as a whole number that a list is sorted by: finer than two records out of a school's could differ."""


@dataclass(frozen=True)
class Asked:
    """What a report is about: days, both included, None where its usual ones are meant; and a threshold likewise.

    The days of a term are meant where one is named, else of the running one where no day is.
    """

    since: dt.date | None = None
    until: dt.date | None = None
    term_id: str | None = None
    threshold: int | None = None


@dataclass(frozen=True)
class ReportFlows:
    tallies: TallyService
    teaching: TeachingService
    people: PeopleService
    terms: TermService
    timetables: TimetableService
    institution: Institution
    rules: InstitutionService

    async def student(self, caller: Caller, student_id: str, asked: Asked) -> StudentReport:
        """One student's attendance.

        Raises:
            NotFound: no such student, or neither they nor in their care.
            InvalidRequest: the range is none.
        """
        about = await self.about(caller, asked)
        # First of all, since an id becomes part of the query for its counts.
        student = await self.people.student(caller, student_id)
        found = await self.tallies.of_student(caller, student_id, about.since, about.until)
        by_subject = sums(found, lambda days, _: days.subject_id)
        # What somebody is taught they may know the name of, whoever teaches it.
        labels = await self.subject_labels(replace(caller, subject_ids=frozenset(by_subject)), by_subject)
        rows = sorted(((labels[one], counts) for one, counts in by_subject.items()), key=lambda row: row[0].code)
        left = await self._lessons_left(caller, about, student_id, by_subject)
        return StudentReport(
            **dict(about),
            student=_label(student),
            subjects=[
                SubjectOutlook(
                    **dict(outlook(counts, about.threshold)),
                    subject=label,
                    ahead=None if left is None else ahead(*attended_of(counts), about.threshold, left[label.id]),
                )
                for label, counts in rows
            ],
            totals=outlook(together(by_subject.values()), about.threshold),
            weeks=weeks(found),
        )

    async def subject(self, caller: Caller, subject_id: str, asked: Asked, page: PageRequest) -> SubjectReport:
        """One subject's attendance, with those of its students who have records in these days.

        Raises:
            NotFound: no such subject for this caller.
            InvalidRequest: the range is none.
        """
        subject = await self.teaching.subject(caller, subject_id)
        about = await self.about(caller, asked)
        found = await self.tallies.by_week(caller, about.since, about.until, subject_id=subject_id)
        counted = sums(found, lambda _, student: student)
        people = await self.student_labels(caller, counted)
        rows = [{"_id": one.id, "roll_number": one.roll_number} for one in people.values()]

        def shown(row: Mapping[str, Any]) -> StudentOutlook:
            return StudentOutlook(**dict(outlook(counted[row["_id"]], about.threshold)), student=people[row["_id"]])

        return SubjectReport(
            **dict(about),
            subject=SubjectLabel.model_validate(subject),
            totals=standing(together(counted.values())),
            weeks=weeks(found),
            students=page.of(rows, shown),
        )

    async def at_risk(self, caller: Caller, asked: Asked, subject_id: str | None, page: PageRequest) -> Page[AtRisk]:
        """Who is below the threshold in which subject, of those that the caller may touch.

        Raises:
            NotFound: no such subject for this caller.
            InvalidRequest: the range is none.
        """
        about = await self.about(caller, asked, subject_id)
        found = await self.tallies.by_week(caller, about.since, about.until, subject_id=subject_id)
        counted = sums(found, _subject_and_student)
        rows = [_at_risk_row(*one, counts) for one, counts in counted.items() if _below(counts, about.threshold)]
        chosen = page.of(rows, lambda row: row["of"])
        people = await self.student_labels(caller, {student for _, student in chosen.items})
        subjects = await self.subject_labels(caller, {subject for subject, _ in chosen.items})
        return chosen.map(
            lambda of: AtRisk(
                **dict(outlook(counted[of], about.threshold)), student=people[of[1]], subject=subjects[of[0]]
            )
        )

    async def below(self, caller: Caller, *, over_all: bool) -> tuple[Report, list[Below]]:
        """Everybody who is below the school's threshold in the running term: in a subject, or in all together."""
        about = await self.about(caller, Asked())
        counted = sums(await self.tallies.by_week(caller, about.since, about.until), _subject_and_student)
        groups: dict[tuple[str, str], dict[str, Counts]] = defaultdict(dict)
        for (subject, student), counts in counted.items():
            groups[student, "" if over_all else subject][subject] = counts
        found = [(student, sorted(of), together(of.values())) for (student, _), of in groups.items()]
        return about, [
            Below(student_id=student, subject_ids=of, rate=rate_of(*attended_of(counts)))
            for student, of, counts in found
            if _below(counts, about.threshold)
        ]

    async def school(self, caller: Caller, asked: Asked, page: PageRequest) -> SchoolReport:
        """The attendance in all subjects that the caller may touch.

        Raises:
            InvalidRequest: the range is none.
        """
        about = await self.about(caller, asked)
        found = await self.tallies.by_week(caller, about.since, about.until)
        counted = sums(found, lambda days, _: days.subject_id)
        labels = await self.subject_labels(caller, counted)
        rows = [{"_id": one.id, "code": one.code} for one in labels.values()]

        def shown(row: Mapping[str, Any]) -> SubjectStanding:
            return SubjectStanding(**dict(standing(counted[row["_id"]])), subject=labels[row["_id"]])

        return SchoolReport(
            **dict(about),
            totals=standing(together(counted.values())),
            weeks=weeks(found),
            subjects=page.of(rows, shown),
        )

    async def about(self, caller: Caller, asked: Asked, subject_id: str | None = None) -> Report:
        """The days and the threshold of a report.

        Raises:
            NotFound: it is about a subject that there is not for this caller, or a term that there is not.
            InvalidRequest: the range is none.
        """
        if subject_id is not None:
            await self.teaching.subject(caller, subject_id)
        today = (await self.institution.here()).today
        first, last = await self._term(caller, asked, today)
        since, until = range_of(asked.since or first, asked.until or last, today)
        usual = (await self.rules.settings(caller)).at_risk_percent
        return Report(since=since, until=until, threshold=usual if asked.threshold is None else asked.threshold)

    async def _lessons_left(
        self, caller: Caller, about: Report, student_id: str, subject_ids: Iterable[str]
    ) -> Counter[str] | None:
        """How many lessons of the running term are still to come for a student, by subject.

        None: the report is not about that term from its first day on, so what is to come would not belong to it.
        """
        here = await self.institution.here()
        running = await self.terms.between(caller, here.today, here.today)
        if not running or about.since.isoformat() != running[0].first_day or about.until < here.today:
            return None
        # The student may be a stranger to whoever teaches: their own lessons are theirs to know.
        rosters = await self.teaching.rosters(SYSTEM, [(subject, here.today) for subject in subject_ids])
        mine = [subject for (subject, _), students in rosters.items() if student_id in students]
        last_day = dt.date.fromisoformat(running[0].last_day)
        lessons = await self.timetables.all_lessons(SYSTEM, here.today, last_day, mine)
        return Counter(lesson.subject_id for lesson in lessons if lesson.starts_at > here.now)

    async def _term(self, caller: Caller, asked: Asked, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
        """The first and last day of the term that is meant, if one is."""
        if asked.term_id is not None:
            found = [await self.terms.kept(caller, asked.term_id)]
        elif asked.since or asked.until:
            return None, None
        else:
            found = await self.terms.between(caller, today, today)
        days = [(dt.date.fromisoformat(term.first_day), dt.date.fromisoformat(term.last_day)) for term in found]
        return days[0] if days else (None, None)

    async def student_labels(self, caller: Caller, student_ids: Iterable[str]) -> dict[str, StudentLabel]:
        """Who these students are."""
        some = pieces(sorted(student_ids), MOST_ASKED)
        return {one.id: _label(one) for ids in some for one in await self.people.by_ids(caller, ids)}

    async def subject_labels(self, caller: Caller, subject_ids: Iterable[str]) -> dict[str, SubjectLabel]:
        """What those of the subjects are called that the caller may touch."""
        some = pieces(sorted(subject_ids), MOST_ASKED)
        found = [one for ids in some for one in (await self.teaching.subjects(caller, ids)).values()]
        return {one.id: SubjectLabel.model_validate(one) for one in found}


def _label(student: Student) -> StudentLabel:
    return StudentLabel(id=student.id, roll_number=student.roll_number, name=student.name)


def _subject_and_student(days: Days, student: str) -> tuple[str, str]:
    return days.subject_id, student


def _below(counts: Counts, threshold: int) -> bool:
    return is_at_risk(*attended_of(counts), threshold)


def _at_risk_row(subject_id: str, student_id: str, counts: Counts) -> dict[str, Any]:
    attended, counted = attended_of(counts)
    return {
        "_id": f"{subject_id}:{student_id}",
        "rate": RATE_STEPS * attended // counted,
        "of": (subject_id, student_id),
    }
