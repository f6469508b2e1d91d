"""Takes a OneRoster archive over: what it would change is planned first, then written at once, or nothing is."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.imports.errors import ImportRefused
from attendance_backend.domains.imports.oneroster import policy
from attendance_backend.domains.imports.oneroster.people.flows import ArchivedPeople
from attendance_backend.domains.imports.oneroster.rosters.flows import ArchivedTeaching
from attendance_backend.domains.imports.oneroster.schemas import (
    Archive,
    ArchivePlan,
    Area,
    FileIssue,
    Kind,
    OneRosterReport,
    Planned,
    Session,
    error,
    warning,
)
from attendance_backend.domains.imports.oneroster.service import shortened, told
from attendance_backend.domains.imports.policy import check_size
from attendance_backend.domains.imports.schemas import ImportMode
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.schemas import NamedDays, NewTerm
from attendance_backend.domains.timetable.service import TermService
from attendance_backend.institution import Institution
from attendance_backend.ports.store import Transaction

SESSIONS = Kind.SESSIONS.file


@dataclass(frozen=True)
class OneRosterFlows:
    archived_people: ArchivedPeople
    archived_teaching: ArchivedTeaching
    people: PeopleService
    teaching: TeachingService
    terms: TermService
    audit: AuditService
    institution: Institution

    async def judge(self, caller: Caller, archive: Archive, mode: ImportMode) -> OneRosterReport:
        """What an import would do now, with every issue. Nothing is kept.

        Raises:
            ImportTooLarge: it can't be done in one.
        """
        return told(archive, await self._plan(caller, archive, None), mode, dry_run=True)

    async def run(self, caller: Caller, archive: Archive, mode: ImportMode, tx: Transaction) -> OneRosterReport:
        """Import the archive.

        Raises:
            ImportRefused: a row can't be imported and all were asked for; `details.report` says why.
            ImportTooLarge: it can't be done in one.
        """
        plan = await self._plan(caller, archive, tx)
        report = shortened(told(archive, plan, mode, dry_run=False))
        if not report.imported:
            refused = sum(file.refused for file in report.files)
            detail = f"{refused} rows have to be mended first." if refused else "A file of the archive can't be read."
            raise ImportRefused(detail, report=report.model_dump(mode="json"))
        await plan.write(tx)
        details: dict[str, str | int | bool | None] = {"sha256": archive.sha256, "mode": mode.value}
        for area, change in report.changes.items():
            details[area.value] = f"{change.new} new, {change.changed} changed, {change.ended} ended"
        await self.audit.note(caller, "oneroster imported", report.id, details, tx)
        return report

    async def _plan(self, caller: Caller, archive: Archive, tx: Transaction | None) -> ArchivePlan:
        today = (await self.institution.here()).today
        terms = await self._terms(caller, archive, tx)
        who = await self.archived_people.plan(caller, archive, tx)
        subjects, rosters = await self.archived_teaching.plan(caller, archive, who, today, tx)
        areas = {
            Area.TERMS: terms,
            Area.STUDENTS: who.students,
            Area.TEACHERS: who.teachers,
            Area.GUARDIANS: who.guardians,
            Area.SUBJECTS: subjects,
            Area.ROSTERS: rosters,
        }
        who.students.counts.ended = len(who.archived)

        async def archive_students(tx: Transaction) -> None:
            await self.people.archive_many(caller, who.archived, today, tx)
            await self.teaching.leave_many(caller, who.archived, today, tx)

        rosters.writes.append(archive_students)
        issues = [issue for planned in areas.values() for issue in planned.issues]
        plan = ArchivePlan(areas, [*archive.issues, *issues])
        check_size(plan.changes)
        return plan

    async def _terms(self, caller: Caller, archive: Archive, tx: Transaction | None) -> Planned:
        planned, level = Planned(), policy.level_of(archive.sessions)
        kept = await self.terms.between(caller, dt.date.min, dt.date.max, tx)
        after = {term.id: term for term in kept}
        new, changes = list[NamedDays](), dict[str, Mapping[str, object]]()
        for one in archive.sessions:
            if one.type != level or one.deleted:
                planned.issues += _left_out(one, level)
                continue
            found = _same_term(one, kept)
            term = found.model_copy(update=_fields(one)) if found else self.terms.made(_new_term(one), one.id)
            if overlapping := [other for other in after.values() if other.id != term.id and _overlap(term, other)]:
                message = f"It has days in common with {len(overlapping)} other terms, here or in the archive."
                planned.issues.append(error(SESSIONS, one.line, "startDate", "TERMS_OVERLAP", message))
                continue
            after[term.id] = term
            if found is None:
                new.append(term)
            elif term != found:
                changes[term.id] = _fields(one)
            else:
                planned.counts.unchanged += 1
        planned.counts.new, planned.counts.changed = len(new), len(changes)
        if archive.has_all(Kind.SESSIONS):
            there = {one.id for one in archive.sessions}
            planned.counts.left_alone = sum(bool(term.external_id) and term.external_id not in there for term in kept)

        async def write(tx: Transaction) -> None:
            await self.terms.take_over(caller, new, changes, tx)

        planned.writes.append(write)
        return planned


def _left_out(one: Session, level: str | None) -> list[FileIssue]:
    if one.deleted:
        message = "Terms are removed by the office, not by a file."
        return [warning(SESSIONS, one.line, "status", "NOT_REMOVED", message)]
    message = f"Terms here are the sessions of one kind, the finest there is: {level or 'none of these'}. Left out."
    return [warning(SESSIONS, one.line, "type", "NO_TERM", message)]


def _last_day(one: Session) -> dt.date:
    return one.until - dt.timedelta(days=1)


def _new_term(one: Session) -> NewTerm:
    return NewTerm(name=one.title, first_day=one.since, last_day=_last_day(one))


def _fields(one: Session) -> dict[str, str]:
    days = {"first_day": one.since.isoformat(), "last_day": _last_day(one).isoformat()}
    return {"external_id": one.id, "name": one.title, **days}


def _same_term(one: Session, kept: list[NamedDays]) -> NamedDays | None:
    """The term that is meant: by id, or the one of the same days that no other system has named."""
    days = (one.since.isoformat(), _last_day(one).isoformat())
    named = next((term for term in kept if term.external_id == one.id), None)
    alike = (term for term in kept if term.external_id is None and (term.first_day, term.last_day) == days)
    return named or next(alike, None)


def _overlap(one: NamedDays, other: NamedDays) -> bool:
    return one.first_day <= other.last_day and other.first_day <= one.last_day
