"""`encode-face` and `detect-faces`: from a photo to vectors."""

import time

from fastapi import APIRouter, Request

from attendance_contract.errors import MlProblem
from attendance_contract.models import (
    DetectFacesAnswer,
    DetectFacesRequest,
    DetectOptions,
    EncodedFace,
    EncodeFaceAnswer,
    EncodeFaceRequest,
    EncodeMetadata,
    EncodeOptions,
    FoundMetadata,
)
from attendance_kit.errors import problem_responses
from attendance_ml.faces import decode_image, require_quality
from attendance_ml.faces.liveness import PassiveLiveness
from attendance_ml.serving.answers import (
    chosen_model,
    face_of,
    ignored_options,
    landmarks_of,
    liveness_of,
    location_of,
    metadata_of,
    quality_of,
    upright_image_of,
    vector_of,
)
from attendance_ml.serving.context import CurrentCall
from attendance_ml.serving.engines import Loaded, ModelMismatch
from attendance_ml.serving.images import image_call_docs, read_image_call
from attendance_ml.serving.liveness import LivenessOff
from attendance_ml.serving.seeing import see

router = APIRouter(responses=problem_responses(MlProblem, [LivenessOff, ModelMismatch]))


@router.post("/encode-face", openapi_extra=image_call_docs(EncodeOptions, EncodeFaceRequest))
async def encode_face(request: Request, call: CurrentCall) -> EncodeFaceAnswer:
    """One person's photo into a vector. `check_liveness` adds what a single photo tells of it, and refuses nobody."""
    sent = await read_image_call(request, EncodeOptions, EncodeFaceRequest)
    passive = call.context.passive.require("check_liveness") if sent.options.check_liveness else None
    loaded = call.loaded(chosen_model(sent.options))
    return await call.context.workers.run(lambda: _encode(loaded, passive, sent.image, sent.options), call.deadline)


@router.post("/detect-faces", openapi_extra=image_call_docs(DetectOptions, DetectFacesRequest))
async def detect_faces(request: Request, call: CurrentCall) -> DetectFacesAnswer:
    """Every face of a photo, back rows included, with vectors when asked."""
    sent = await read_image_call(request, DetectOptions, DetectFacesRequest)
    loaded = call.loaded(chosen_model(sent.options))
    most = call.context.settings.ml_max_faces
    answer = await call.context.workers.run(lambda: _detect(loaded, sent.image, sent.options, most), call.deadline)
    call.context.faces_found.observe(answer.count)
    return answer


def _encode(loaded: Loaded, passive: PassiveLiveness | None, image: bytes, options: EncodeOptions) -> EncodeFaceAnswer:
    started = time.perf_counter()
    photo = decode_image(image)
    face = loaded.engine.detect_single(
        photo,
        validate_single=options.validate_single,
        min_face_size=options.min_face_size,
        min_face_area_ratio=options.min_face_area_ratio,
    )
    require_quality(face.quality)
    # At enrolment the flipped copy is always averaged in: it costs nothing when probing, and misses fall.
    (vector,) = loaded.engine.embed(photo, [face], flip=True)
    return EncodeFaceAnswer(
        embedding=vector_of(vector, options.embedding_format),
        face_location=location_of(face),
        landmarks=landmarks_of(face),
        quality=quality_of(face),
        liveness=liveness_of(passive, photo, face) if passive else None,
        metadata=EncodeMetadata(
            face_area_ratio=face.area_ratio, **metadata_of(photo, started, loaded.model, ignored_options(options))
        ),
    )


def _detect(loaded: Loaded, image: bytes, options: DetectOptions, most: int) -> DetectFacesAnswer:
    started = time.perf_counter()
    seen = see(loaded.engine, image, options, most)
    faces = [EncodedFace(**dict(face_of(face))) for face in seen.faces]
    if options.with_embeddings:
        vectors = loaded.engine.embed(seen.photo, seen.faces, flip=loaded.flip_probe)
        for face, vector in zip(faces, vectors, strict=True):
            face.embedding = vector_of(vector, options.embedding_format)
    return DetectFacesAnswer(
        faces=faces,
        count=len(faces),
        upright_image=upright_image_of(seen.photo) if options.upright else None,
        metadata=FoundMetadata(
            faces_left_out=seen.left_out,
            **metadata_of(seen.photo, started, loaded.model, ignored_options(options)),
        ),
    )
