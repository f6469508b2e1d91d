"""`galleries`: the vectors of one roster, kept in memory for ten minutes at most."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from attendance_contract.errors import MlProblem
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
from attendance_ml.serving.bodies import json_body, json_body_docs
from attendance_ml.serving.context import CurrentCall
from attendance_ml.serving.engines import ModelMismatch
from attendance_ml.serving.rosters import gallery_from, thresholds

router = APIRouter(prefix="/galleries")
Id = Annotated[GalleryId, Path(description="the caller's digest of model, student ids and templates")]


@router.put(
    "/{gallery_id}",
    openapi_extra=json_body_docs(GalleryRequest),
    responses=problem_responses(MlProblem, [ModelMismatch]),
)
async def put_gallery(
    gallery_id: Id, body: Annotated[GalleryRequest, Depends(json_body(GalleryRequest))], call: CurrentCall
) -> GalleryAnswer:
    """Hold a roster's vectors, and say what comparisons between its students show and change."""
    loaded = call.loaded(body.model)

    def build() -> tuple[Gallery, Thresholds]:
        gallery = gallery_from(body, loaded)
        return gallery, thresholds(gallery, DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN)

    gallery, usual = await call.context.workers.run(build, call.deadline)
    call.context.galleries.put(gallery_id, gallery)
    return GalleryAnswer(
        gallery_id=gallery_id,
        size=len(gallery),
        model=loaded.model,
        expires_in=call.context.settings.ml_gallery_seconds,
        impostors=gallery.self_check.impostors,
        thresholds=usual,
    )


@router.delete("/{gallery_id}", status_code=204)
async def delete_gallery(gallery_id: Id, call: CurrentCall) -> Response:
    """Forget a roster's vectors. One that is not held is already forgotten."""
    call.context.galleries.delete(gallery_id)
    return Response(status_code=204)
