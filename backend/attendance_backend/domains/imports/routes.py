"""Files of students, rosters and consents, for the office."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from attendance_backend.access import allowed
from attendance_backend.delimited import TableUnreadable
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.imports.errors import ColumnsMissing, ColumnTwice, ImportRefused, ImportTooLarge
from attendance_backend.domains.imports.flows import ImportFlows
from attendance_backend.domains.imports.schemas import ImportAsked, ImportKind, ImportMode, ImportReport
from attendance_backend.domains.imports.service import annotated, read_sheet, shortened
from attendance_backend.once import Once
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
ConsentImporter = Annotated[Caller, allowed(Permission.MANAGE_CONSENT)]
FAILURES = problem_responses(
    Problem, [RequestTooLarge, TableUnreadable, ColumnsMissing, ColumnTwice, ImportRefused, ImportTooLarge]
)
DOCS = file_docs(CSV, "file")
DryRun = Annotated[
    bool, Query(description="judge the file and keep nothing; `Accept: text/csv` gives it back with an `error` column")
]
Mode = Annotated[ImportMode, Query(description="`all`: all rows or none; `valid_rows`: those without an error")]


@router.post("/students", response_model=ImportReport, responses=FAILURES, openapi_extra=DOCS)
async def import_students(
    request: Request, caller: Importer, flows: Flows, once: Once, dry_run: DryRun = False, mode: Mode = ImportMode.ALL
) -> Response:
    """New students, and changed names of those there are, by roll number."""
    return await _imported(request, caller, flows, once, ImportAsked(ImportKind.STUDENTS, mode, dry_run))


@router.post("/rosters", response_model=ImportReport, responses=FAILURES, openapi_extra=DOCS)
async def import_rosters(
    request: Request, caller: Importer, flows: Flows, once: Once, dry_run: DryRun = False, mode: Mode = ImportMode.ALL
) -> Response:
    """Who is on the rosters of which subjects; nobody is taken off one."""
    return await _imported(request, caller, flows, once, ImportAsked(ImportKind.ROSTERS, mode, dry_run))


@router.post("/consents", response_model=ImportReport, responses=FAILURES, openapi_extra=DOCS)
async def import_consents(
    request: Request,
    caller: ConsentImporter,
    flows: Flows,
    once: Once,
    dry_run: DryRun = False,
    mode: Mode = ImportMode.ALL,
) -> Response:
    """Consents to face recognition that were given on paper."""
    return await _imported(request, caller, flows, once, ImportAsked(ImportKind.CONSENTS, mode, dry_run))


async def _imported(request: Request, caller: Caller, flows: ImportFlows, once: Once, asked: ImportAsked) -> Response:
    content = await read_file(request, "file", MOST_BYTES)
    # Fifty thousand lines take a second: not the loop's, on which everybody waits.
    sheet = await asyncio.to_thread(read_sheet, content, asked.kind)
    if not asked.dry_run:
        return await once(caller, lambda tx: flows.run(caller, asked, sheet, tx), content)
    report = await flows.judge(caller, asked, sheet)
    if CSV not in request.headers.get("accept", ""):
        return Response(shortened(report).model_dump_json(), media_type="application/json")
    body = await asyncio.to_thread(annotated, sheet, report)
    return Response(body, media_type=f"{CSV}; charset=utf-8", headers=attachment(f"{asked.kind}-checked.csv"))
