"""OneRoster 1.2 archives, for the office."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from attendance_backend.access import allowed
from attendance_backend.archives import ArchiveUnreadable
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.imports.errors import ImportRefused, ImportTooLarge
from attendance_backend.domains.imports.oneroster.errors import NoOneRoster
from attendance_backend.domains.imports.oneroster.flows import OneRosterFlows
from attendance_backend.domains.imports.oneroster.policy import MOST_BYTES
from attendance_backend.domains.imports.oneroster.schemas import OneRosterReport
from attendance_backend.domains.imports.oneroster.service import as_table, read_archive, shortened
from attendance_backend.domains.imports.routes import DryRun, Mode
from attendance_backend.domains.imports.schemas import ImportMode
from attendance_backend.once import Once
from attendance_backend.provide import provided
from attendance_backend.spreadsheet import CSV, attachment
from attendance_backend.uploads import ZIP, file_docs, read_file
from attendance_contract.errors import Problem
from attendance_kit.errors import RequestTooLarge, problem_responses

router = APIRouter(prefix="/api/v1/imports", tags=["imports"])
Flows = Annotated[OneRosterFlows, Depends(provided(OneRosterFlows))]
Importer = Annotated[Caller, allowed(Permission.IMPORT_PEOPLE)]
FAILURES = problem_responses(Problem, [RequestTooLarge, ArchiveUnreadable, NoOneRoster, ImportRefused, ImportTooLarge])


@router.post(
    "/oneroster",
    max_body_size=MOST_BYTES,
    response_model=OneRosterReport,
    responses=FAILURES,
    openapi_extra=file_docs(ZIP, "file"),
)
async def import_oneroster(
    request: Request, caller: Importer, flows: Flows, once: Once, dry_run: DryRun = False, mode: Mode = ImportMode.ALL
) -> Response:
    """Terms, subjects, students, teachers, guardians and rosters out of a OneRoster 1.2 archive, bulk or delta."""
    content = await read_file(request, "file", MOST_BYTES)
    # Fifty thousand lines take seconds: not the loop's, on which everybody waits.
    archive = await asyncio.to_thread(read_archive, content)
    if not dry_run:
        return await once(caller, lambda tx: flows.run(caller, archive, mode, tx), content)
    report = await flows.judge(caller, archive, mode)
    if CSV not in request.headers.get("accept", ""):
        return Response(shortened(report).model_dump_json(), media_type="application/json")
    return Response(as_table(report), media_type=f"{CSV}; charset=utf-8", headers=attachment("oneroster-checked.csv"))
