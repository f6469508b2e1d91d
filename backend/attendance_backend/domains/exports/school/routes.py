"""Everything the school has, for the office to take away."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from attendance_backend.access import allowed
from attendance_backend.domains.exports.routes import file_of
from attendance_backend.domains.exports.school.flows import SchoolExport
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.provide import provided
from attendance_backend.spreadsheet import attachment
from attendance_backend.uploads import ZIP

router = APIRouter(prefix="/api/v1/exports", tags=["exports"])
Export = Annotated[SchoolExport, Depends(provided(SchoolExport))]
Office = Annotated[Caller, allowed(Permission.MANAGE_SCHOOL)]


@router.get("/school.zip", response_class=StreamingResponse, responses=file_of(ZIP))
async def export_school(caller: Office, export: Export) -> StreamingResponse:
    """Everything as CSV files in one ZIP, sent as it is read; `manifest.json` comes last. No vectors, no photos."""
    headers = {**attachment("school.zip"), "Cache-Control": "no-store"}
    return StreamingResponse(await export.begin(caller), media_type=ZIP, headers=headers)
