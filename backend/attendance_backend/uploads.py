"""Files as they come in: one raw body, or fields of a form. Of photos, pixels are the ML service's."""

from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile

from attendance_backend.ports.faces import ImageTooLarge, InvalidFormat
from attendance_contract.images import MAX_IMAGE_BYTES, ImageFormat, sniff_format
from attendance_kit.errors import InvalidRequest, RequestTooLarge

MULTIPART = "multipart/form-data"
ZIP = "application/zip"


async def read_images(request: Request, field: str, most: int) -> list[bytes]:
    """The images of a request, in their order: the raw body is one, a form has 1 to `most` in `field`.

    Raises:
        InvalidRequest: there is none, or too many, or the form has something else in it.
    """
    if not request.headers.get("content-type", "").lower().startswith(MULTIPART):
        images = [await request.body()]
    else:
        images = await _from_form(request, field, most)
    if not all(images):
        raise InvalidRequest("There is no image in the request.", field=field)
    return images


async def _from_form(request: Request, field: str, most: int) -> list[bytes]:
    async with request.form(max_files=most, max_fields=0) as form:
        sent = form.getlist(field)
        if not sent or len(sent) != len(form.multi_items()):
            raise InvalidRequest(f"Send 1 to {most} files in the form field `{field}`, and nothing else.", field=field)
        return [await file.read() for file in sent if isinstance(file, UploadFile)]


async def read_file(request: Request, field: str, most: int) -> bytes:
    """The one file of a request of at most `most` bytes: its raw body, or a form's `field`.

    Raises:
        InvalidRequest: there is none, or the form has something else in it.
        RequestTooLarge: it has more bytes.
    """
    if request.headers.get("content-type", "").lower().startswith(MULTIPART):
        content = (await _from_form(request, field, 1))[0]
    else:
        content = await request.body()
    if len(content) > most:
        detail = f"Such a file may have at most {most // (1024 * 1024)} MB."
        raise RequestTooLarge(detail, field=field, limit=most, actual=len(content))
    if not content:
        raise InvalidRequest("There is no file in the request.", field=field)
    return content


def check_image(image: bytes) -> ImageFormat:
    """The image's format, as its first bytes tell it.

    Raises:
        ImageTooLarge, InvalidFormat: it is not even worth sending on.
    """
    if len(image) > MAX_IMAGE_BYTES:
        megabytes = MAX_IMAGE_BYTES // (1024 * 1024)
        raise ImageTooLarge(f"An image may have at most {megabytes} MB.", limit=MAX_IMAGE_BYTES, actual=len(image))
    if found := sniff_format(image):
        return found
    raise InvalidFormat("Send a JPEG, PNG, WebP or HEIC image.", reasons=["unknown_format"])


def image_docs(field: str, most: int) -> dict[str, Any]:
    """The OpenAPI of a route that reads its body with `read_images`."""
    binary = {"type": "string", "format": "binary"}
    files = binary if most == 1 else {"type": "array", "items": binary, "minItems": 1, "maxItems": most}
    form = {"type": "object", "required": [field], "properties": {field: files}}
    content = {MULTIPART: {"schema": form}, **{kind.value: {"schema": binary} for kind in ImageFormat}}
    return {"requestBody": {"required": True, "content": content}}


def file_docs(media_type: str, field: str) -> dict[str, Any]:
    """The OpenAPI of a route that reads its body with `read_file`."""
    binary = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": [field], "properties": {field: binary}}
    return {"requestBody": {"required": True, "content": {MULTIPART: {"schema": form}, media_type: {"schema": binary}}}}
