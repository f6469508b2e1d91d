"""Bulk import of face photos, for the office: a ZIP comes in, its photos are looked at later."""

import hashlib
import tempfile
from collections.abc import AsyncIterator
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from attendance_backend.access import Again, allowed, allowed_still
from attendance_backend.archives import ArchiveUnreadable
from attendance_backend.domains.face_imports.errors import ImportOver
from attendance_backend.domains.face_imports.flows import FaceImportFlows
from attendance_backend.domains.face_imports.schemas import FaceImportView, ImportPhotoView, PhotoState
from attendance_backend.domains.face_imports.service import FaceImportService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.replay.schemas import FirstAnswer
from attendance_backend.once import Once, answer_of
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.photos import PHOTOS_AWAY
from attendance_backend.progress import Check, Progress
from attendance_backend.provide import provided
from attendance_backend.uploads import ZIP
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, RequestTooLarge, problem_responses

MOST_BYTES = 512 * 1024 * 1024
"""Of a ZIP: 200 photos as telephones take them."""
router = APIRouter(prefix="/api/v1/imports", tags=["imports"])
Flows = Annotated[FaceImportFlows, Depends(provided(FaceImportFlows))]
Imports = Annotated[FaceImportService, Depends(provided(FaceImportService))]
Enrolling = Annotated[Caller, allowed(Permission.ENROL_FACES)]
Still = Annotated[Again, allowed_still(Permission.ENROL_FACES)]
Watching = Annotated[Progress, Depends(provided(Progress))]
DryRun = Annotated[bool, Query(description="say of each photo what is wrong, and enrol none")]
_BODY = {"required": True, "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}


@router.post(
    "/faces",
    status_code=202,
    max_body_size=MOST_BYTES,
    response_model=FaceImportView,
    responses=problem_responses(Problem, [ArchiveUnreadable, RequestTooLarge, *PHOTOS_AWAY]),
    openapi_extra={"requestBody": _BODY},
)
async def import_faces(
    request: Request, caller: Enrolling, flows: Flows, once: Once, dry_run: DryRun = False
) -> Response:
    """Photos named by roll number: `1234.jpg`, `1234_2.jpg`, `1234/any.jpg`. Their outcomes are at `Location`."""
    with tempfile.TemporaryFile() as file:
        sha256 = await _received(request, file)

        async def begin() -> FirstAnswer:
            begun = await flows.begin(caller, file, sha256, dry_run=dry_run)
            return answer_of(begun, 202, {"Location": f"/api/v1/imports/{begun.id}"})

        return await once.around(caller, sha256.encode(), begin)


async def _received(request: Request, file: BinaryIO) -> str:
    """Write the body to a file of no name, which nobody else can open and no crash leaves behind; its SHA-256."""
    digest = hashlib.sha256()
    async for part in request.stream():
        digest.update(part)
        file.write(part)
    file.seek(0)
    return digest.hexdigest()


@router.get("/{import_id}", responses=problem_responses(Problem, [NotFound]))
async def face_import(import_id: str, caller: Enrolling, imports: Imports) -> FaceImportView:
    return await imports.view(caller, import_id)


async def _in_reach(import_id: str, caller: Enrolling, still: Still, imports: Imports) -> Check:
    """Looks for an import before its stream begins, and again while it lasts."""

    async def check() -> None:
        await imports.view(await still(), import_id)

    await imports.view(caller, import_id)
    return check


@router.get("/{import_id}/events", response_class=EventSourceResponse, responses=problem_responses(Problem, [NotFound]))
async def face_import_events(
    import_id: str, check: Annotated[Check, Depends(_in_reach)], watching: Watching
) -> AsyncIterator[ServerSentEvent]:
    """How far an import is: `progress` with a `FaceImportView` now and at every change, `over` at the end."""
    async for event in watching.events("face imports", import_id, check):
        yield event


@router.get("/{import_id}/photos", responses=problem_responses(Problem, [NotFound]))
async def face_import_photos(
    import_id: str, caller: Enrolling, imports: Imports, page: AskedPage, state: PhotoState | None = None
) -> Page[ImportPhotoView]:
    """What became of each photo."""
    return (await imports.photo_page(caller, import_id, state, page)).map(ImportPhotoView.model_validate)


@router.post(
    "/{import_id}/cancel", responses=problem_responses(Problem, [NotFound, ImportOver]), response_model=FaceImportView
)
async def cancel_face_import(import_id: str, caller: Enrolling, imports: Imports, once: Once) -> Response:
    """End the import: what was enrolled stays, and the photos that wait are destroyed."""

    async def cancel() -> FirstAnswer:
        return answer_of(await imports.cancel(caller, import_id), 200)

    return await once.around(caller, b"", cancel)
