"""Files of people, rosters, consents and lessons, for the office."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from attendance_backend.access import allowed
from attendance_backend.delimited import TableUnreadable
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.imports.errors import ColumnsMissing, ColumnTwice, ImportRefused, ImportTooLarge
from attendance_backend.domains.imports.flows import ImportFlows
from attendance_backend.domains.imports.schemas import ImportAsked, ImportKind, ImportMode, ImportReport
from attendance_backend.domains.imports.service import annotated, read_sheet, shortened
from attendance_backend.once import Once, Retriable
from attendance_backend.provide import provided
from attendance_backend.spreadsheet import CSV, attachment
from attendance_backend.uploads import file_docs, read_file
from attendance_contract.errors import Problem
from attendance_kit.errors import RequestTooLarge, problem_responses

MOST_BYTES = 16 * 1024 * 1024
"""Of a file: 50,000 lines of 160 letters in UTF-16."""
router = APIRouter(prefix="/api/v1/imports", tags=["imports"])
Flows = Annotated[ImportFlows, Depends(provided(ImportFlows))]
Importer = Annotated[Caller, allowed(Permission.IMPORT_PEOPLE)]
UserImporter = Annotated[Caller, allowed(Permission.MANAGE_USERS)]
SchoolImporter = Annotated[Caller, allowed(Permission.MANAGE_SCHOOL)]
ConsentImporter = Annotated[Caller, allowed(Permission.MANAGE_CONSENT)]
FAILURES = problem_responses(
    Problem, [RequestTooLarge, TableUnreadable, ColumnsMissing, ColumnTwice, ImportRefused, ImportTooLarge]
)
DOCS = file_docs(CSV, "file")
DryRun = Annotated[
    bool, Query(description="judge the file and keep nothing; `Accept: text/csv` gives it back with an `error` column")
]
Mode = Annotated[ImportMode, Query(description="`all`: all rows or none; `valid_rows`: those without an error")]


@dataclass(frozen=True)
class Sent:
    """A file that was sent, and how it is to be imported."""

    request: Request
    flows: ImportFlows
    once: Retriable
    mode: ImportMode
    dry_run: bool

    async def imported(self, caller: Caller, kind: ImportKind) -> Response:
        """The report of the import, or of a dry run; of that as a table where one is asked for."""
        asked, content = ImportAsked(kind, self.mode, self.dry_run), await read_file(self.request, "file", MOST_BYTES)
        # Fifty thousand lines take a second: not the loop's, on which everybody waits.
        sheet = await asyncio.to_thread(read_sheet, content, kind)
        if not self.dry_run:
            return await self.once(caller, lambda tx: self.flows.run(caller, asked, sheet, tx), content)
        report = await self.flows.judge(caller, asked, sheet)
        if CSV not in self.request.headers.get("accept", ""):
            return Response(shortened(report).model_dump_json(), media_type="application/json")
        body = await asyncio.to_thread(annotated, sheet, report)
        return Response(body, media_type=f"{CSV}; charset=utf-8", headers=attachment(f"{kind}-checked.csv"))


async def sent(
    request: Request, flows: Flows, once: Once, dry_run: DryRun = False, mode: Mode = ImportMode.ALL
) -> Sent:
    """The dependency behind `File`."""
    return Sent(request, flows, once, mode, dry_run)


File = Annotated[Sent, Depends(sent)]


@router.post("/students", response_model=ImportReport, responses=FAILURES, openapi_extra=DOCS)
async def import_students(caller: Importer, file: File) -> Response:
    """New students, and changed names of those there are, by roll number."""
    return await file.imported(caller, ImportKind.STUDENTS)


@router.post("/rosters", response_model=ImportReport, responses=FAILURES, openapi_extra=DOCS)
async def import_rosters(caller: Importer, file: File) -> Response:
    """Who is on the rosters of which subjects; nobody is taken off one."""
    return await file.imported(caller, ImportKind.ROSTERS)


@router.post("/consents", response_model=ImportReport, responses=FAILURES, openapi_extra=DOCS)
async def import_consents(caller: ConsentImporter, file: File) -> Response:
    """Consents to face recognition that were given on paper."""
    return await file.imported(caller, ImportKind.CONSENTS)


@router.post("/guardians", response_model=ImportReport, responses=FAILURES, openapi_extra=DOCS)
async def import_guardians(caller: Importer, file: File) -> Response:
    """Who has care of which students, by roll number. They get no account; the office invites them."""
    return await file.imported(caller, ImportKind.GUARDIANS)


@router.post("/teachers", response_model=ImportReport, responses=FAILURES, openapi_extra=DOCS)
async def import_teachers(caller: UserImporter, file: File) -> Response:
    """Accounts of teachers, by e-mail address. They choose a password by the link of a reset, or use a provider."""
    return await file.imported(caller, ImportKind.TEACHERS)


@router.post("/timetable", response_model=ImportReport, responses=FAILURES, openapi_extra=DOCS)
async def import_timetable(caller: SchoolImporter, file: File) -> Response:
    """The whole timetable of each subject that the file names; those of others stay."""
    return await file.imported(caller, ImportKind.TIMETABLE)
