"""Writes everything the school has into one ZIP while it is sent: a table a file, each read once from end to end."""

import datetime as dt
import hashlib
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from attendance_backend.archives import Sink
from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.consent.texts.service import ConsentTextService
from attendance_backend.domains.corrections.service import CorrectionRequestService
from attendance_backend.domains.excuses.service import ExcuseService
from attendance_backend.domains.exports.school import policy
from attendance_backend.domains.exports.school.schemas import FileWritten, Manifest, Names, Rows, Table
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.people.service import GuardianService, PeopleService
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.service import (
    DaysService,
    HolidayService,
    RoomService,
    TermService,
    TimetableService,
)
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transactions
from attendance_backend.spreadsheet import csv_bytes, csv_lines

T = TypeVar("T")
IMPORTS = "/api/v1/imports"


@dataclass(frozen=True)
class Register:
    """What was taken in lessons, and what was asked about it."""

    sessions: SessionService
    records: RecordService
    excuses: ExcuseService
    corrections: CorrectionRequestService


@dataclass(frozen=True)
class Calendar:
    terms: TermService
    holidays: HolidayService
    rooms: RoomService
    timetables: TimetableService


@dataclass(frozen=True)
class SchoolExport:
    people: PeopleService
    guardians: GuardianService
    identity: IdentityService
    teaching: TeachingService
    calendar: Calendar
    register: Register
    consent: ConsentService
    texts: ConsentTextService
    audit: AuditService
    institution: InstitutionService
    transactions: Transactions
    clock: Clock

    async def begin(self, caller: Caller) -> AsyncIterator[bytes]:
        """The bytes of the ZIP as they come to be; that it was asked for is in the audit log."""
        await self.transactions.run(lambda tx: self.audit.note(caller, "school exported", "school", {}, tx))
        return self._written(caller)

    async def _written(self, caller: Caller) -> AsyncIterator[bytes]:
        """Nothing is held but the names of people and things, a thousand rows, and what was not sent yet."""
        settings, names = await self.institution.settings(caller), await self._names(caller)
        sink, files = Sink(), list[FileWritten]()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for table in self._tables(caller, names, settings.zone):
                written = _Counted(self.clock)
                with archive.open(table.name, "w", force_zip64=True) as entry:
                    entry.write(written.add(csv_bytes(table.header, []), 0))
                    async for rows in table.rows():
                        entry.write(written.add(csv_lines(rows), len(rows)))
                        yield sink.taken()
                files.append(written.told(table))
            manifest = Manifest(school=settings.name, time_zone=settings.time_zone, files=files)
            archive.writestr("manifest.json", manifest.model_dump_json(indent=2))
        yield sink.taken()

    async def _names(self, caller: Caller) -> Names:
        names = Names()
        async for students in self.people.every(caller):
            names.students.update((one.id, one.roll_number) for one in students)
        async for subjects in self.teaching.every(caller):
            names.subjects.update((one.id, one.code) for one in subjects)
        async for users in self.identity.every(caller):
            names.users.update((one.id, one.email) for one in users)
        async for rooms in self.calendar.rooms.every(caller):
            names.rooms.update((one.id, one.name) for one in rooms)
        return names

    def _tables(self, caller: Caller, names: Names, zone: dt.tzinfo) -> Iterable[Table]:
        yield from self._people(caller, names)
        yield from self._teaching(caller, names)
        yield from self._register(caller, names)
        yield from self._consents(caller, names, zone)
        yield _table("audit.csv", policy.AUDIT, lambda: self.audit.every(caller), _named(policy.audit_entry, names))

    def _people(self, caller: Caller, names: Names) -> Iterable[Table]:
        students = _table(
            "students.csv", policy.STUDENTS, lambda: self.people.every(caller), _named(policy.student, names)
        )
        yield _again(students, "students")
        guardian = _named(policy.guardian, names)
        guardians = _table("guardians.csv", policy.GUARDIANS, lambda: self.guardians.every(caller), guardian)
        yield _again(guardians, "guardians")
        yield _table("users.csv", policy.USERS, lambda: self.identity.every(caller), _each(policy.user))

    def _teaching(self, caller: Caller, names: Names) -> Iterable[Table]:
        subject = _named(policy.subject, names)
        yield _table("subjects.csv", policy.SUBJECTS, lambda: self.teaching.every(caller), subject)
        for name, kept in (("terms.csv", self.calendar.terms), ("holidays.csv", self.calendar.holidays)):
            yield Table(name, policy.DAYS, partial(_days, caller, kept))
        yield _table(
            "rooms.csv", policy.ROOMS, lambda: self.calendar.rooms.every(caller), lambda one: [(one.name, one.id)]
        )
        lesson = partial(policy.timetable, names=names)
        timetables = _table("timetable.csv", policy.TIMETABLE, lambda: self.calendar.timetables.every(caller), lesson)
        yield _again(timetables, "timetable")
        place = partial(policy.roster_place, names=names)
        rosters = _table("rosters.csv", policy.ROSTERS, lambda: self.teaching.every_place(caller), place)
        yield _again(rosters, "rosters")

    def _register(self, caller: Caller, names: Names) -> Iterable[Table]:
        kept = self.register
        yield _table(
            "sessions.csv", policy.SESSIONS, lambda: kept.sessions.every(caller), _named(policy.session, names)
        )
        yield _table("records.csv", policy.RECORDS, lambda: kept.records.every(caller), _named(policy.record, names))
        history = partial(policy.history, names=names)
        yield _table("record_history.csv", policy.HISTORY, lambda: kept.records.every_history(caller), history)
        yield _table("excuses.csv", policy.EXCUSES, lambda: kept.excuses.every(caller), _named(policy.excuse, names))
        correction = _named(policy.correction, names)
        yield _table("corrections.csv", policy.CORRECTIONS, lambda: kept.corrections.every(caller), correction)

    def _consents(self, caller: Caller, names: Names, zone: dt.tzinfo) -> Iterable[Table]:
        in_force = _table(
            "consents.csv",
            policy.CONSENTS,
            lambda: self.consent.every(caller),
            lambda one: [policy.consent(one, names, zone)] if one.in_force else [],
        )
        yield _again(in_force, "consents")
        consent = _named(policy.consent_told, names)
        yield _table("consent_history.csv", policy.CONSENT_HISTORY, lambda: self.consent.every(caller), consent)
        text = _named(policy.consent_text, names)
        yield _table("consent_texts.csv", policy.CONSENT_TEXTS, lambda: self.texts.every(caller), text)


def _table(
    name: str,
    header: Sequence[str],
    read: Callable[[], AsyncIterator[Sequence[T]]],
    cells: Callable[[T], Iterable[Sequence[str]]],
) -> Table:
    async def rows() -> Rows:
        async for some in read():
            yield [row for one in some for row in cells(one)]

    return Table(name, header, rows)


def _again(table: Table, kind: str) -> Table:
    """The table, which the import of this kind reads back."""
    return Table(table.name, table.header, table.rows, f"{IMPORTS}/{kind}")


def _each(cells: Callable[[T], Sequence[str]]) -> Callable[[T], Iterable[Sequence[str]]]:
    """One row for each."""
    return lambda one: [cells(one)]


def _named(cells: Callable[[T, Names], Sequence[str]], names: Names) -> Callable[[T], Iterable[Sequence[str]]]:
    """One row for each, in which things are called by their names."""
    return lambda one: [cells(one, names)]


async def _days(caller: Caller, kept: DaysService) -> Rows:
    yield [policy.days(one) for one in await kept.between(caller, dt.date.min, dt.date.max)]


class _Counted:
    """What was written of a file so far."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._from = clock.now()
        self._rows = 0
        self._digest = hashlib.sha256()

    def add(self, content: bytes, rows: int) -> bytes:
        self._rows += rows
        self._digest.update(content)
        return content

    def told(self, table: Table) -> FileWritten:
        return FileWritten(
            name=table.name,
            rows=self._rows,
            sha256=self._digest.hexdigest(),
            read_from=self._from,
            read_until=self._clock.now(),
            imported_by=table.imported_by,
        )
