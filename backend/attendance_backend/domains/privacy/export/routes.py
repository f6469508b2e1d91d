"""One student's data, for the office and the student themself."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.privacy.export.flows import ExportFlows
from attendance_backend.provide import provided
from attendance_backend.spreadsheet import attachment
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/students/{student_id}", tags=["privacy"])
Exports = Annotated[ExportFlows, Depends(provided(ExportFlows))]
Taker = Annotated[Caller, allowed(Permission.EXPORT_PERSON)]


@router.get(
    "/export.zip",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}, **problem_responses(Problem, [NotFound])},
)
async def export_person(student_id: str, caller: Taker, exports: Exports) -> StreamingResponse:
    """Everything kept about a student as JSON, and their own face of class photos. Vectors are told of, not told."""
    headers = {**attachment(f"{student_id}.zip"), "Cache-Control": "no-store"}
    return StreamingResponse(await exports.begin(caller, student_id), media_type="application/zip", headers=headers)
