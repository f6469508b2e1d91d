"""`match-faces` and `batch-match`: vectors against vectors, without a photo."""

from typing import Annotated

from fastapi import APIRouter, Depends

from attendance_contract.errors import MlProblem
from attendance_contract.models import (
    BatchMatchAnswer,
    BatchMatchRequest,
    FaceMatch,
    FaceStatus,
    Match,
    MatchFacesAnswer,
    MatchFacesRequest,
    MatchStatus,
    StudentDistance,
)
from attendance_kit.errors import problem_responses
from attendance_ml.faces import Gallery, match_faces
from attendance_ml.serving.bodies import json_body, json_body_docs
from attendance_ml.serving.context import CurrentCall
from attendance_ml.serving.engines import Loaded, ModelMismatch
from attendance_ml.serving.galleries import GalleryNotFound
from attendance_ml.serving.rosters import gallery_of, held_gallery, thresholds

router = APIRouter(responses=problem_responses(MlProblem, [ModelMismatch]))

STATUSES = {
    FaceStatus.PRESENT: MatchStatus.CONFIDENT,
    FaceStatus.UNCERTAIN: MatchStatus.UNCERTAIN,
    FaceStatus.UNKNOWN: MatchStatus.NO_MATCH,
}


@router.post("/match-faces", openapi_extra=json_body_docs(MatchFacesRequest))
async def match_one(
    body: Annotated[MatchFacesRequest, Depends(json_body(MatchFacesRequest))], call: CurrentCall
) -> MatchFacesAnswer:
    """One vector against some students."""
    loaded = call.loaded(body.model)
    return await call.context.workers.run(lambda: _match_one(body, loaded), call.deadline)


@router.post(
    "/batch-match",
    openapi_extra=json_body_docs(BatchMatchRequest),
    responses=problem_responses(MlProblem, [GalleryNotFound]),
)
async def batch_match(
    body: Annotated[BatchMatchRequest, Depends(json_body(BatchMatchRequest))], call: CurrentCall
) -> BatchMatchAnswer:
    """Every face of a photo against a roster: one face per student and one student per face."""
    loaded = call.loaded(body.model)
    held = held_gallery(body.gallery_id, call.context.galleries, loaded) if body.gallery_id else None
    return await call.context.workers.run(lambda: _batch_match(body, held, loaded), call.deadline)


def _match_one(body: MatchFacesRequest, loaded: Loaded) -> MatchFacesAnswer:
    gallery = gallery_of(body.candidate_embeddings, loaded)
    applied = thresholds(gallery, body.confident_threshold, body.threshold)
    (found,) = match_faces([body.query_embedding], gallery, applied)
    return MatchFacesAnswer(
        match=_one_to_one(found),
        all_distances=_all_distances(body.query_embedding, gallery) if body.return_all_distances else None,
        thresholds=applied,
        calibration=loaded.calibration.id,
        model=loaded.model,
    )


def _one_to_one(found: FaceMatch) -> Match:
    return Match(
        student_id=found.student_id,
        distance=found.distance,
        similarity=found.similarity,
        confidence=0.0 if found.distance is None else 1 - found.distance,
        status=STATUSES[found.status],
    )


def _all_distances(query: list[float], gallery: Gallery) -> list[StudentDistance]:
    comparison = gallery.compare([query])
    pairs = zip(comparison.distances[0].tolist(), comparison.similarities[0].tolist(), strict=True)
    return [
        StudentDistance(student_id=student_id, distance=distance, similarity=similarity)
        for student_id, (distance, similarity) in zip(gallery.student_ids, pairs, strict=True)
    ]


def _batch_match(body: BatchMatchRequest, held: Gallery | None, loaded: Loaded) -> BatchMatchAnswer:
    gallery = held if held is not None else gallery_of(body.candidate_embeddings or [], loaded)
    applied = thresholds(gallery, body.confident_threshold, body.uncertain_threshold)
    return BatchMatchAnswer(
        matches=match_faces([face.embedding for face in body.detected_faces], gallery, applied),
        thresholds=applied,
        calibration=loaded.calibration.id,
        model=loaded.model,
    )
