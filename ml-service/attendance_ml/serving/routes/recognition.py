"""`recognize`: a photo and a roster in, every face with its match out, in one round trip and without vectors."""

import time

from fastapi import APIRouter, Request

from attendance_contract.errors import MlProblem
from attendance_contract.models import (
    FoundMetadata,
    RecognizeAnswer,
    RecognizedFace,
    RecognizeOptions,
    RecognizeRequest,
)
from attendance_kit.errors import InvalidRequest, problem_responses
from attendance_ml.faces import Gallery, match_faces
from attendance_ml.serving.answers import face_of, metadata_of, upright_image_of
from attendance_ml.serving.context import Call, CurrentCall
from attendance_ml.serving.engines import Loaded, ModelMismatch
from attendance_ml.serving.galleries import GalleryNotFound
from attendance_ml.serving.images import ImageCall, image_call_docs, read_image_call
from attendance_ml.serving.rosters import gallery_from, hashed, held_gallery, thresholds
from attendance_ml.serving.seeing import see

router = APIRouter(responses=problem_responses(MlProblem, [ModelMismatch, GalleryNotFound]))
UNNAMED = "unnamed-gallery"
"""Stands in the answer where a gallery was sent along without an id, and is not kept."""


@router.post("/recognize", openapi_extra=image_call_docs(RecognizeOptions, RecognizeRequest))
async def recognize(request: Request, call: CurrentCall) -> RecognizeAnswer:
    """Every face of a photo, matched against a gallery held here or sent along. A gallery sent with an id is kept."""
    sent = await read_image_call(request, RecognizeOptions, RecognizeRequest)
    loaded = call.loaded(sent.options.model)
    gallery = await _gallery(sent, call, loaded)
    most = call.context.settings.ml_max_faces
    answer = await call.context.workers.run(lambda: _recognize(loaded, sent, gallery, most), call.deadline)
    call.context.faces_found.observe(answer.count)
    return answer


async def _gallery(sent: ImageCall[RecognizeOptions], call: Call, loaded: Loaded) -> Gallery:
    gallery_id, request = sent.options.gallery_id, sent.gallery
    if request is None:
        if gallery_id is None:
            raise InvalidRequest("Name a gallery by `gallery_id`, or send it along as `gallery`.", field="gallery_id")
        return held_gallery(gallery_id, call.context.galleries, loaded)
    gallery = await call.context.workers.run(lambda: hashed(gallery_from(request, loaded)), call.deadline)
    if gallery_id is not None:
        call.context.galleries.keep(gallery_id, gallery)
    return gallery


def _recognize(loaded: Loaded, sent: ImageCall[RecognizeOptions], gallery: Gallery, most: int) -> RecognizeAnswer:
    started, options = time.perf_counter(), sent.options
    seen = see(loaded.engine, sent.image, options, most)
    applied = thresholds(gallery, options.confident_threshold, options.uncertain_threshold)
    matches = match_faces(loaded.engine.embed(seen.photo, seen.faces, flip=loaded.flip_probe), gallery, applied)
    matched = zip(seen.faces, matches, strict=True)
    return RecognizeAnswer(
        faces=[RecognizedFace(**dict(face_of(face)), match=match) for face, match in matched],
        count=len(seen.faces),
        thresholds=applied,
        calibration=loaded.calibration.id,
        gallery_id=options.gallery_id or UNNAMED,
        metadata=FoundMetadata(faces_left_out=seen.left_out, **metadata_of(seen.photo, started, loaded.model)),
        upright_image=upright_image_of(seen.photo) if options.upright else None,
    )
