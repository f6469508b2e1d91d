"""`galleries`: the vectors of one roster, kept in memory for ten minutes at most."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from attendance_contract.errors import MlProblem
from attendance_contract.galleries import MAX_PACKED_BYTES, PACKED_GALLERY
from attendance_contract.models import (
    DEFAULT_CONFIDENT,
    DEFAULT_UNCERTAIN,
    GalleryAnswer,
    GalleryId,
    GalleryRequest,
    Thresholds,
)
from attendance_kit.errors import problem_responses
from attendance_ml.faces import Gallery
from attendance_ml.serving.bodies import json_body_docs, parse
from attendance_ml.serving.context import Call, CurrentCall
from attendance_ml.serving.engines import Loaded, ModelMismatch
from attendance_ml.serving.galleries import GalleryConflict, GalleryTooLarge
from attendance_ml.serving.rosters import gallery_from, hashed, packed_gallery, thresholds

router = APIRouter(prefix="/galleries")
Id = Annotated[GalleryId, Path(description="the caller's digest of model, student ids and templates")]


def gallery_docs() -> dict[str, Any]:
    """The OpenAPI of a gallery's two forms."""
    docs = json_body_docs(GalleryRequest)
    docs["requestBody"]["content"][PACKED_GALLERY] = {"schema": {"type": "string", "format": "binary"}}
    return docs


@router.put(
    "/{gallery_id}",
    max_body_size=MAX_PACKED_BYTES,
    openapi_extra=gallery_docs(),
    responses=problem_responses(MlProblem, [ModelMismatch, GalleryConflict, GalleryTooLarge]),
)
async def put_gallery(gallery_id: Id, request: Request, call: CurrentCall) -> GalleryAnswer:
    """Hold a roster's vectors, and say what comparisons between its students show and change.

    As JSON, or packed (`application/vnd.smart-attendance.gallery`) where there are more than some 30,000.
    """
    read = await _sent_gallery(request, call)

    def build() -> tuple[Gallery, Loaded, Thresholds]:
        gallery, loaded = read()
        return hashed(gallery), loaded, thresholds(gallery, DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN)

    gallery, loaded, usual = await call.context.workers.run(build, call.deadline)
    call.context.galleries.put(gallery_id, gallery)
    return GalleryAnswer(
        gallery_id=gallery_id,
        size=len(gallery),
        model=loaded.model,
        expires_in=call.context.settings.ml_gallery_seconds,
        impostors=gallery.self_check.impostors,
        thresholds=usual,
    )


async def _sent_gallery(request: Request, call: Call) -> Callable[[], tuple[Gallery, Loaded]]:
    """What reads the gallery of a request in either of its forms, off the event loop."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == PACKED_GALLERY:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
        return partial(packed_gallery, body, call.loaded)
    parsed = await parse(GalleryRequest, await request.body(), "body")
    loaded = call.loaded(parsed.model)
    return lambda: (gallery_from(parsed, loaded), loaded)


@router.delete("/{gallery_id}", status_code=204)
async def delete_gallery(gallery_id: Id, call: CurrentCall) -> Response:
    """Forget a roster's vectors. One that is not held is already forgotten."""
    call.context.galleries.delete(gallery_id)
    return Response(status_code=204)
