"""Reads the school's tables page by page, each as CSV whose cells no spreadsheet runs."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from attendance_backend.domains.consent.schemas import Consent
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.people.schemas import Student
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.teaching.schemas import Subject
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.institution import Institution, Place
from attendance_backend.paging import Page, PageRequest, next_page
from attendance_backend.spreadsheet import csv_bytes, csv_lines

T = TypeVar("T")
Rows = AsyncIterator[Sequence[Sequence[str]]]
READ_AT_ONCE = 1_000
"""Rows of a list: the embedded database reads all that lie behind them as well, each time."""
STUDENTS = ("roll_number", "name", "is_minor", "group")
ROSTERS = ("subject_code", "roll_number")
CONSENTS = ("roll_number", "given_by", "guardian_name", "text_version", "given_on")


@dataclass(frozen=True)
class ExportFlows:
    people: PeopleService
    teaching: TeachingService
    consent: ConsentService
    institution: Institution

    def students(self, caller: Caller) -> AsyncIterator[bytes]:
        return _table(STUDENTS, self._students(caller))

    def rosters(self, caller: Caller) -> AsyncIterator[bytes]:
        return _table(ROSTERS, self._rosters(caller))

    def consents(self, caller: Caller) -> AsyncIterator[bytes]:
        """The consents in force."""
        return _table(CONSENTS, self._consents(caller))

    async def _students(self, caller: Caller) -> Rows:
        async for students in self._people(caller):
            yield [(one.roll_number, one.name, "yes" if one.is_minor else "no", one.group or "") for one in students]

    async def _rosters(self, caller: Caller) -> Rows:
        today = (await self.institution.here()).today
        numbers = {one.id: one.roll_number async for students in self._people(caller) for one in students}
        async for subjects in self._taught(caller):
            rosters = await self.teaching.rosters(caller, [(subject.id, today) for subject in subjects])
            for subject in subjects:
                yield [(subject.code, number) for number in sorted(numbers[one] for one in rosters[subject.id, today])]

    async def _consents(self, caller: Caller) -> Rows:
        here = await self.institution.here()
        async for students in self._people(caller):
            given = await self.consent.known(caller, [one.id for one in students])
            yield [_consent(one, given[one.id], here) for one in students if one.id in given]

    def _people(self, caller: Caller) -> AsyncIterator[Sequence[Student]]:
        return _pages(lambda page: self.people.page(caller, {}, None, page), sort="roll_number")

    def _taught(self, caller: Caller) -> AsyncIterator[Sequence[Subject]]:
        return _pages(lambda page: self.teaching.page(caller, {}, page))


async def _pages(
    ask: Callable[[PageRequest], Awaitable[Page[T]]], sort: str | None = None
) -> AsyncIterator[Sequence[T]]:
    """Every page of a list."""
    page: PageRequest | None = PageRequest(READ_AT_ONCE, sort=sort)
    while page:
        found = await ask(page)
        yield found.items
        page = next_page(page, found)


def _consent(student: Student, given: Consent, here: Place) -> Sequence[str]:
    day = given.given_at.astimezone(here.time_zone).date()
    return student.roll_number, given.given_by, given.guardian_name or "", given.text_version, day.isoformat()


async def _table(header: Sequence[str], pages: Rows) -> AsyncIterator[bytes]:
    yield csv_bytes(header, [])
    async for rows in pages:
        yield csv_lines(rows)
