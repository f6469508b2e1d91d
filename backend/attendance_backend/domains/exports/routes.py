"""The school's tables to take along, for the office."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from attendance_backend.access import allowed
from attendance_backend.domains.exports.flows import ExportFlows
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.provide import provided
from attendance_backend.spreadsheet import CSV, attachment

router = APIRouter(prefix="/api/v1/exports", tags=["exports"])
Flows = Annotated[ExportFlows, Depends(provided(ExportFlows))]
Registrar = Annotated[Caller, allowed(Permission.MANAGE_STUDENTS)]
ConsentKeeper = Annotated[Caller, allowed(Permission.MANAGE_CONSENT)]


def file_of(media_type: str) -> dict[int | str, dict[str, Any]]:
    """The answer of a route that sends a file, as OpenAPI has it."""
    schema = {"type": "string", "format": "binary"}
    return {200: {"description": "The file, sent as it is read", "content": {media_type: {"schema": schema}}}}


@router.get("/people.csv", response_class=StreamingResponse, responses=file_of(CSV))
async def export_people(caller: Registrar, flows: Flows) -> StreamingResponse:
    """Every student; the same file imported again changes nothing."""
    return StreamingResponse(flows.students(caller), media_type=CSV, headers=attachment("people.csv"))


@router.get("/rosters.csv", response_class=StreamingResponse, responses=file_of(CSV))
async def export_rosters(caller: Registrar, flows: Flows) -> StreamingResponse:
    """Who is on which roster; the same file imported again changes nothing."""
    return StreamingResponse(flows.rosters(caller), media_type=CSV, headers=attachment("rosters.csv"))


@router.get("/consents.csv", response_class=StreamingResponse, responses=file_of(CSV))
async def export_consents(caller: ConsentKeeper, flows: Flows) -> StreamingResponse:
    """The consents in force; the same file imported again changes nothing."""
    return StreamingResponse(flows.consents(caller), media_type=CSV, headers=attachment("consents.csv"))
