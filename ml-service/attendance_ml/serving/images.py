"""The three ways an image arrives: base64 in JSON, a multipart field, or the raw body; with its options.

JSON and multipart carry the options as fields, a raw body carries them in the query.
"""

import asyncio
import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from attendance_contract.errors import PROBLEM_MEDIA_TYPE, STATUS_OF, ErrorCode, MlProblem, title_of
from attendance_contract.images import MAX_BODY_BYTES
from attendance_contract.models import EncodeOptions, GalleryRequest, Wire
from attendance_kit.errors import MAX_NAME, InvalidRequest, ServiceError
from attendance_kit.service import SCHEMA_REF
from attendance_ml.faces.stages import stage
from attendance_ml.serving.bodies import parse, request_error
from attendance_ml.serving.watching import PARSE

Options = TypeVar("Options", bound=Wire)
MAX_FORM_FIELDS = 20

IMAGE_REFUSALS = (
    *(ErrorCode.IMAGE_TOO_LARGE, ErrorCode.REQUEST_TOO_LARGE, ErrorCode.INVALID_FORMAT),
    *(ErrorCode.INVALID_DIMENSIONS, ErrorCode.INVALID_IMAGE),
)
FACE_REFUSALS = (
    *(ErrorCode.NO_FACE_FOUND, ErrorCode.MULTIPLE_FACES_FOUND, ErrorCode.FACE_TOO_SMALL, ErrorCode.LOW_QUALITY),
)
"""Only a call that wants one face refuses the faces it finds."""


class InvalidBase64(ServiceError):
    status, code, title = 400, ErrorCode.INVALID_BASE64, "The image is not valid base64"


@dataclass(frozen=True)
class ImageCall(Generic[Options]):
    """One call: the bytes of an image as they were sent, its options, and a gallery where the call takes one."""

    image: bytes
    options: Options
    gallery: GalleryRequest | None = None


async def read_image_call(request: Request, options: type[Options], body: type[Wire]) -> ImageCall[Options]:
    """The image and options of a request, whichever of the three ways they came.

    Args:
        request: the call.
        options: model of the options alone, for multipart and raw bodies.
        body: model of the JSON body, with `image_base64` and perhaps `gallery` beside the options.

    Raises:
        InvalidRequest: no image, or an unreadable form.
        InvalidBase64: `image_base64` is none.
        RequestValidationError: an option is unknown or out of range.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/json":
        raw = await request.body()
        return await asyncio.to_thread(_from_json, raw, options, body)
    if media_type == "multipart/form-data":
        async with request.form(max_files=2, max_fields=MAX_FORM_FIELDS, max_part_size=MAX_BODY_BYTES) as form:
            return await _from_form(form, options, takes_gallery="gallery" in body.model_fields)
    image = await request.body()
    if not image:
        raise InvalidRequest("Send an image: as the raw body, a multipart field `image`, or JSON `image_base64`.")
    return ImageCall(image, validated(options, each_once(request.query_params.multi_items()), "query"))


@stage(PARSE)
def _from_json(raw: bytes, options: type[Options], body: type[Wire]) -> ImageCall[Options]:
    try:
        parsed = body.model_validate_json(raw)
    except ValidationError as error:
        raise request_error(error, "body") from error
    fields = {name: value for name, value in parsed if name in options.model_fields and name in parsed.model_fields_set}
    image = decode_base64(getattr(parsed, "image_base64"), "image_base64")  # noqa: B009  # the body's type is the caller's
    return ImageCall(image, options.model_validate(fields), getattr(parsed, "gallery", None))


def decode_base64(text: str, field: str) -> bytes:
    """The bytes in `text`, with or without a data URL's prefix. Raises InvalidBase64, naming the field."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidBase64(f"`{field}` is not valid base64.", field=field) from error


async def _from_form(form: FormData, options: type[Options], *, takes_gallery: bool) -> ImageCall[Options]:
    fields = each_once(form.multi_items())
    image = fields.pop("image", None)
    if not isinstance(image, UploadFile):
        raise InvalidRequest("The form has no file field `image`.", field="image")
    gallery = fields.pop("gallery", None) if takes_gallery else None
    return ImageCall(
        await image.read(),
        validated(options, fields, "body"),
        None if gallery is None else await _read_gallery(gallery),
    )


def each_once(sent: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Fields by name. Of two photos, or two thresholds, nobody can say which is meant."""
    fields = dict(sent)
    if len(fields) < len(sent):
        names = [name for name, _ in sent]
        twice = next(name for name in fields if names.count(name) > 1)
        raise InvalidRequest("A field stands there twice.", field=twice[:MAX_NAME])
    return fields


async def _read_gallery(field: UploadFile | str) -> GalleryRequest:
    text = await field.read() if isinstance(field, UploadFile) else field
    return await parse(GalleryRequest, text, "body", "gallery")


def validated(model: type[Options], fields: Mapping[str, object], *place: str) -> Options:
    """Options from fields. Raises RequestValidationError without their values."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise request_error(error, *place) from error


def image_call_docs(options: type[Wire], body: type[Wire]) -> dict[str, Any]:
    """The OpenAPI of a route that reads its body with `read_image_call`."""
    binary = {"type": "string", "format": "binary"}
    fields = options.model_json_schema(ref_template=SCHEMA_REF)["properties"]
    form = {"image": binary}
    if "gallery" in body.model_fields:
        form["gallery"] = {"$ref": SCHEMA_REF.format(model=GalleryRequest.__name__)}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": SCHEMA_REF.format(model=body.__name__)}},
                "multipart/form-data": {
                    "schema": {"type": "object", "required": ["image"], "properties": {**form, **fields}}
                },
                "image/*": {"schema": binary},
            },
        },
        "parameters": [{"name": name, "in": "query", "schema": schema} for name, schema in fields.items()],
        "responses": refusals_docs((*IMAGE_REFUSALS, *(FACE_REFUSALS if options is EncodeOptions else ()))),
    }


def refusals_docs(codes: Iterable[ErrorCode]) -> dict[str, Any]:
    """The OpenAPI of refusals, a response for each status."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": SCHEMA_REF.format(model=MlProblem.__name__)}}}
    told: dict[str, list[str]] = {}
    for code in codes:
        told.setdefault(str(STATUS_OF[code]), []).append(f"`{code}`: {title_of(code)}")
    return {status: {"description": " · ".join(lines), "content": content} for status, lines in told.items()}
