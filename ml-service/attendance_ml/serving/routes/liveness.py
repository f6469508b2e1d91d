"""`liveness`: a few frames of one person, with or without the challenge to turn the head."""

import time
from collections.abc import Sequence

from fastapi import APIRouter, Request

from attendance_contract.errors import MlProblem
from attendance_contract.models import Challenge, LivenessAnswer, LivenessCheck, LivenessMetadata, LivenessOptions
from attendance_kit.errors import problem_responses
from attendance_ml.faces import FacesError, decode_image, load_calibration
from attendance_ml.faces.liveness import PassiveLiveness
from attendance_ml.faces.sequence import Frame, judge_frames, read_frame
from attendance_ml.serving.answers import quality_of, vector_of
from attendance_ml.serving.context import CurrentCall
from attendance_ml.serving.engines import Loaded, ModelMismatch
from attendance_ml.serving.frames import frames_call_docs, read_frames_call
from attendance_ml.serving.liveness import LivenessOff

router = APIRouter(responses=problem_responses(MlProblem, [LivenessOff, ModelMismatch]))


@router.post("/liveness", openapi_extra=frames_call_docs())
async def liveness(request: Request, call: CurrentCall) -> LivenessAnswer:
    """Whether frames, in the order they were taken, show a live person who turned the head as asked.

    Without a challenge the passive networks decide, and where they are off there is no answer. With one, the turn and
    the one person decide, with and without the networks; what they think is told.
    """
    sent = await read_frames_call(request)
    switch, loaded = call.context.passive, call.loaded(sent.options.model)
    passive = switch.require("challenge") if sent.options.challenge is Challenge.NONE else switch.networks
    return await call.context.workers.run(lambda: _judge(loaded, passive, sent.frames, sent.options), call.deadline)


def _judge(
    loaded: Loaded, passive: PassiveLiveness | None, images: Sequence[bytes], options: LivenessOptions
) -> LivenessAnswer:
    started = time.perf_counter()
    frames = [_read(loaded, passive, image, index) for index, image in enumerate(images)]
    calibration = load_calibration(loaded.model, probe_flip=True)
    verdict = judge_frames(frames, options.challenge, calibration, passive)
    best = frames[verdict.best]
    return LivenessAnswer(
        is_live=verdict.is_live,
        score=None if verdict.score is None else round(verdict.score, 4),
        reasons=list(verdict.reasons),
        checked=_checked(options.challenge, passive),
        best_frame=verdict.best,
        embedding=vector_of(best.vector, options.embedding_format),
        quality=quality_of(best.face),
        metadata=LivenessMetadata(
            frames=len(frames),
            processing_time_ms=round((time.perf_counter() - started) * 1000, 2),
            model=loaded.model,
        ),
    )


def _read(loaded: Loaded, passive: PassiveLiveness | None, image: bytes, index: int) -> Frame:
    """One frame; only its face is kept, not its pixels. What is wrong with it names it."""
    try:
        return read_frame(loaded.engine, passive, decode_image(image))
    except FacesError as error:
        raise type(error)(f"frames.{index}: {error.message}", **error.details, frame=index) from error


def _checked(asked: Challenge, passive: PassiveLiveness | None) -> list[LivenessCheck]:
    looked_at = {
        LivenessCheck.PASSIVE: passive is not None,
        LivenessCheck.HEAD_TURN: asked is not Challenge.NONE,
        LivenessCheck.ONE_PERSON: True,
    }
    return [check for check, done in looked_at.items() if done]
