"""`crop`: one box of a photo as a small JPEG, so that a person can be shown their own face and nobody else's."""

import base64

import numpy as np
from fastapi import APIRouter, Request

from attendance_contract.models import CropAnswer, CropOptions, CropRequest
from attendance_kit.errors import InvalidRequest
from attendance_ml.faces import Photo, decode_image, encode_upright_jpeg
from attendance_ml.serving.context import CurrentCall
from attendance_ml.serving.images import image_call_docs, read_image_call

router = APIRouter()
LONGEST_SIDE = 256


@router.post("/crop", openapi_extra=image_call_docs(CropOptions, CropRequest))
async def crop(request: Request, call: CurrentCall) -> CropAnswer:
    """What lies in a box of the upright photo, at most 256 pixels a side. Outside of the box nothing is shown."""
    sent = await read_image_call(request, CropOptions, CropRequest)
    return await call.context.workers.run(lambda: _crop(sent.image, sent.options), call.deadline)


def _crop(image: bytes, box: CropOptions) -> CropAnswer:
    pixels = decode_image(image).pixels[box.top : box.bottom, box.left : box.right]
    if 0 in pixels.shape:
        raise InvalidRequest("The box holds no pixel of the photo.", field="box")
    made = encode_upright_jpeg(Photo(np.ascontiguousarray(pixels)), LONGEST_SIDE)
    return CropAnswer(jpeg=base64.b64encode(made.content), width=made.width, height=made.height)
