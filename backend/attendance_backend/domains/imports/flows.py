"""Takes files of a school over: what they would change is planned first, then written at once, or nothing is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.schemas import Given, GivenBy, NewConsent, Purpose
from attendance_backend.domains.consent.service import ConsentService, is_news, refusal_of
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.imports.errors import ImportRefused
from attendance_backend.domains.imports.lessons.flows import ImportedLessons
from attendance_backend.domains.imports.people.flows import ImportedPeople
from attendance_backend.domains.imports.policy import check_size, composed
from attendance_backend.domains.imports.schemas import (
    ConsentRow,
    ImportAsked,
    ImportCounts,
    ImportKind,
    ImportReport,
    Issue,
    Plan,
    RosterRow,
    Sheet,
    StudentRow,
)
from attendance_backend.domains.imports.service import (
    consent_rows,
    roster_rows,
    shortened,
    strangers,
    student_rows,
    told,
    unknown_subjects,
)
from attendance_backend.domains.people.schemas import NewStudent, Student
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.teaching.schemas import MAX_ROSTER, Period, RosterPlace
from attendance_backend.domains.teaching.service import TeachingService, periods_of
from attendance_backend.institution import Institution
from attendance_backend.ports.store import Transaction


@dataclass(frozen=True)
class ImportFlows:
    people: PeopleService
    teaching: TeachingService
    consent: ConsentService
    audit: AuditService
    institution: Institution
    imported_people: ImportedPeople
    imported_lessons: ImportedLessons

    async def judge(self, caller: Caller, asked: ImportAsked, sheet: Sheet) -> ImportReport:
        """What an import would do now, with every issue. Nothing is kept.

        Raises:
            ImportTooLarge: it can't be done in one.
        """
        return told(asked, sheet, await self._plan(caller, asked.kind, sheet, None))

    async def run(self, caller: Caller, asked: ImportAsked, sheet: Sheet, tx: Transaction) -> ImportReport:
        """Import the file.

        Raises:
            ImportRefused: a row can't be imported and all were asked for; `details.report` says why.
            ImportTooLarge: it can't be done in one.
        """
        plan = await self._plan(caller, asked.kind, sheet, tx)
        report = shortened(told(asked, sheet, plan))
        if not report.imported:
            raise ImportRefused(
                f"{report.counts.refused} rows have to be mended first.", report=report.model_dump(mode="json")
            )
        await plan.write(tx)
        if report.counts.new or report.counts.changed:
            details = {**report.counts.model_dump(), "sha256": report.file.sha256, "mode": asked.mode.value}
            await self.audit.note(caller, f"{asked.kind} imported", report.id, details, tx)
        return report

    async def _plan(self, caller: Caller, kind: ImportKind, sheet: Sheet, tx: Transaction | None) -> Plan:
        plan = await self._planned(caller, kind, sheet, tx)
        check_size(plan.changes)
        return plan

    async def _planned(self, caller: Caller, kind: ImportKind, sheet: Sheet, tx: Transaction | None) -> Plan:
        match kind:
            case ImportKind.STUDENTS:
                return await self._students(caller, *student_rows(sheet), tx)
            case ImportKind.ROSTERS:
                return await self._rosters(caller, sheet, tx)
            case ImportKind.CONSENTS:
                return await self._consents(caller, sheet, tx)
            case ImportKind.GUARDIANS:
                return await self.imported_people.of_guardians(caller, sheet, tx)
            case ImportKind.TEACHERS:
                return await self.imported_people.of_teachers(caller, sheet, tx)
            case ImportKind.TIMETABLE:
                return await self.imported_lessons.plan(caller, sheet, tx)

    async def _students(
        self, caller: Caller, rows: Sequence[StudentRow], issues: Sequence[Issue], tx: Transaction | None
    ) -> Plan:
        known = await self.people.by_roll_numbers(caller, [row.roll_number for row in rows], tx)
        new = [self.people.made(_new_student(row)) for row in rows if row.roll_number not in known]
        changes = {
            known[row.roll_number].id: differs
            for row in rows
            if row.roll_number in known and (differs := _differences(known[row.roll_number], row))
        }

        async def write(tx: Transaction) -> None:
            await self.people.take_over(caller, new, changes, tx)

        return Plan(write, _counts(len(rows), len(new), len(changes)), issues)

    async def _rosters(self, caller: Caller, sheet: Sheet, tx: Transaction | None) -> Plan:
        rows, issues = roster_rows(sheet)
        students = await self.people.by_roll_numbers(caller, _each([row.roll_number for row in rows]), tx)
        subjects = await self.teaching.by_codes(caller, _each([row.subject_code for row in rows]), tx)
        issues += strangers(sheet, rows, students)
        issues += unknown_subjects(sheet, rows, subjects)
        known = [row for row in rows if row.roll_number in students and row.subject_code in subjects]
        today = (await self.institution.here()).today
        found = await self.teaching.rosters(caller, [(subject.id, today) for subject in subjects.values()], tx)
        rosters = {subject: on_it for (subject, _), on_it in found.items()}
        there = {(subject, student) for subject, on_it in rosters.items() for student in on_it}
        wanted = {row: (subjects[row.subject_code].id, students[row.roll_number].id) for row in known}
        kept = await self._kept(caller, wanted, tx)
        new = {row: pair for row, pair in wanted.items() if pair not in (kept if row.period else there)}
        full = _overfull(sheet, new, rosters)
        refused = {issue.line for issue in full}
        entering = [pair for row, pair in new.items() if row.line not in refused and not row.period]
        periods = _periods({row: pair for row, pair in wanted.items() if row.line not in refused}, kept)
        changed = {pair for pair, theirs in periods.items() if pair in kept and theirs != kept[pair].periods}

        async def write(tx: Transaction) -> None:
            await self.teaching.enter_many(caller, entering, today, tx)
            more = [self.teaching.place(caller, *pair, theirs) for pair, theirs in periods.items() if pair not in kept]
            other = [kept[pair].model_copy(update={"periods": periods[pair]}) for pair in changed]
            await self.teaching.take_over_places(caller, more, other, tx)

        counts = _counts(
            len(known) - len(full),
            sum(row.line not in refused for row in new),
            sum(pair in changed for row, pair in wanted.items() if row.period),
        )
        return Plan(write, counts, [*issues, *full])

    async def _kept(
        self, caller: Caller, wanted: Mapping[RosterRow, tuple[str, str]], tx: Transaction | None
    ) -> Mapping[tuple[str, str], RosterPlace]:
        """The places on the rosters of which the file tells days."""
        subjects = {subject for row, (subject, _) in wanted.items() if row.period}
        return {(one.subject_id, one.student_id): one for one in await self.teaching.places(caller, subjects, tx)}

    async def _consents(self, caller: Caller, sheet: Sheet, tx: Transaction | None) -> Plan:
        here = await self.institution.here()
        rows, issues = consent_rows(sheet, here.today)
        students = await self.people.by_roll_numbers(caller, [row.roll_number for row in rows], tx)
        issues += strangers(sheet, rows, students)
        given, refused = list[Given](), list[Issue]()
        for row in rows:
            if student := students.get(row.roll_number):
                one = _given(row, student, here.time_zone)
                if refusal := refusal_of(one.consent, is_minor=student.is_minor_on(here.today)):
                    column = sheet.columns[str(refusal.details["field"])]
                    refused.append(Issue(line=row.line, column=column, code=refusal.code, message=refusal.title))
                else:
                    given.append(one)
        before = await self.consent.known(caller, [one.student_id for one in given], tx)
        news = [one for one in given if is_news(before.get(one.student_id), one.consent)]

        async def write(tx: Transaction) -> None:
            await self.consent.give_many(caller, news, tx)

        changed = sum(one.student_id in before for one in news)
        return Plan(write, _counts(len(given), len(news) - changed, changed), [*issues, *refused])


def _periods(
    wanted: Mapping[RosterRow, tuple[str, str]], kept: Mapping[tuple[str, str], RosterPlace]
) -> dict[tuple[str, str], list[Period]]:
    """What each place comes to by the days that the file tells; what there was before stays."""
    found = dict[tuple[str, str], list[Period]]()
    for row, pair in wanted.items():
        if row.period:
            before = found.get(pair, kept[pair].periods if pair in kept else [])
            found[pair] = periods_of([*before, row.period])
    return found


def _given(row: ConsentRow, student: Student, zone: ZoneInfo) -> Given:
    """A consent of a day holds from its beginning, as it is where the school is."""
    consent = NewConsent(
        purpose=Purpose.FACE_RECOGNITION,
        text_version=row.text_version,
        given_by=GivenBy(row.given_by),
        guardian_name=row.guardian_name,
    )
    return Given(student.id, consent, datetime.combine(row.given_on, time.min, zone).astimezone(UTC))


def _counts(rows: int, new: int, changed: int) -> ImportCounts:
    return ImportCounts(new=new, changed=changed, unchanged=rows - new - changed)


def _each(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _new_student(row: StudentRow) -> NewStudent:
    return NewStudent(roll_number=row.roll_number, name=row.name, is_minor=bool(row.is_minor), group=row.group)


def _differences(student: Student, row: StudentRow) -> dict[str, str | bool]:
    """The fields that change; what the file does not tell stays."""
    differs: dict[str, str | bool] = {}
    if composed(student.name) != row.name:
        differs["name"] = row.name
    if row.is_minor not in {None, student.is_minor}:
        differs["is_minor"] = bool(row.is_minor)
    if row.group not in {None, student.group}:
        differs["group"] = str(row.group)
    return differs


def _overfull(
    sheet: Sheet, new: Mapping[RosterRow, tuple[str, str]], rosters: Mapping[str, Sequence[str]]
) -> list[Issue]:
    """Those rows for which a roster has no place left."""
    column, message = sheet.columns["subject_code"], f"A roster has at most {MAX_ROSTER} students."
    size = {subject: len(students) for subject, students in rosters.items()}
    issues = []
    for row, (subject, _) in new.items():
        size[subject] = size.get(subject, 0) + 1
        if size[subject] > MAX_ROSTER:
            issues.append(Issue(line=row.line, column=column, code="ROSTER_FULL", message=message))
    return issues
