"""Several frames of one person in one call: multipart with a field `frames` for each, or base64 in JSON."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from attendance_contract.images import MAX_BODY_BYTES
from attendance_contract.models import MAX_FRAMES, MIN_FRAMES, LivenessOptions, LivenessRequest
from attendance_kit.errors import InvalidRequest
from attendance_kit.service import SCHEMA_REF
from attendance_ml.faces.stages import stage
from attendance_ml.serving.bodies import request_error
from attendance_ml.serving.images import (
    FACE_REFUSALS,
    IMAGE_REFUSALS,
    MAX_FORM_FIELDS,
    decode_base64,
    each_once,
    refusals_docs,
    validated,
)
from attendance_ml.serving.watching import PARSE

FIELD = "frames"


@dataclass(frozen=True)
class FramesCall:
    """The frames as they were sent, in order, and the options."""

    frames: list[bytes]
    options: LivenessOptions


async def read_frames_call(request: Request) -> FramesCall:
    """The frames and options of a request.

    Raises:
        InvalidRequest: it is neither JSON nor a form, or has too few or too many frames.
        InvalidBase64: a frame is none.
        RequestValidationError: an option is unknown or out of range.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/json":
        raw = await request.body()
        return await asyncio.to_thread(_from_json, raw)
    if media_type == "multipart/form-data":
        async with request.form(
            max_files=MAX_FRAMES + 1, max_fields=MAX_FORM_FIELDS, max_part_size=MAX_BODY_BYTES
        ) as form:
            return await _from_form(form)
    raise InvalidRequest("Send multipart with a file field `frames` for each frame, or JSON `frames`.", field=FIELD)


@stage(PARSE)
def _from_json(raw: bytes) -> FramesCall:
    try:
        parsed = LivenessRequest.model_validate_json(raw)
    except ValidationError as error:
        raise request_error(error, "body") from error
    frames = [decode_base64(text, f"{FIELD}.{index}") for index, text in enumerate(parsed.frames)]
    return FramesCall(frames, LivenessOptions.model_validate(parsed.model_dump(exclude={FIELD})))


async def _from_form(form: FormData) -> FramesCall:
    sent = [value for name, value in form.multi_items() if name == FIELD]
    files = [value for value in sent if isinstance(value, UploadFile)]
    if len(files) < len(sent) or not MIN_FRAMES <= len(files) <= MAX_FRAMES:
        raise InvalidRequest(
            f"Send {MIN_FRAMES} to {MAX_FRAMES} frames, each as a file field `{FIELD}`.", field=FIELD, actual=len(files)
        )
    fields = each_once([(name, value) for name, value in form.multi_items() if name != FIELD])
    options = validated(LivenessOptions, fields, "body")
    return FramesCall([await file.read() for file in files], options)


def frames_call_docs() -> dict[str, Any]:
    """The OpenAPI of a route that reads its body with `read_frames_call`."""
    frame = {"type": "string", "format": "binary"}
    files = {"type": "array", "items": frame, "minItems": MIN_FRAMES, "maxItems": MAX_FRAMES}
    fields = LivenessOptions.model_json_schema(ref_template=SCHEMA_REF)["properties"]
    form = {"type": "object", "required": [FIELD], "properties": {FIELD: files, **fields}}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": SCHEMA_REF.format(model=LivenessRequest.__name__)}},
                "multipart/form-data": {"schema": form},
            },
        },
        "responses": refusals_docs((*IMAGE_REFUSALS, *FACE_REFUSALS[:3])),
    }
