"""Photos for tests as phones write them: HEIC, turned, with notes about where and how they were taken."""

import io
import struct
from typing import Any

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()

ORIENTATION_TAG, GPS_TAG = 0x0112, 0x8825
LATITUDE = {1: "N", 2: (51.0, 28.0, 38.0)}
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,  # stored so, a viewer turns it clockwise
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is stored under each EXIF orientation."""


def stored_as(image: Image.Image, orientation: int) -> Image.Image:
    """The picture turned so that its orientation's note makes it upright again."""
    turn = STORED_AS[orientation]
    return image if turn is None else image.transpose(turn)


def notes(orientation: int) -> Image.Exif:
    """EXIF with an orientation and a place."""
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    exif[GPS_TAG] = LATITUDE
    return exif


def as_heic(image: Image.Image, orientation: int = 1, **options: Any) -> bytes:
    """The picture as HEIC, stored turned: the container says how to turn it back, and EXIF says it once more."""
    written = io.BytesIO()
    fast = {"preset": "ultrafast"}
    # Only from notes given as bytes does the encoder take the orientation over into the container.
    exif = notes(orientation).tobytes()
    stored_as(image, orientation).save(written, "HEIF", **{"quality": 90, "exif": exif, "enc_params": fast, **options})
    return written.getvalue()


def with_heic_size(photo: bytes, width: int, height: int) -> bytes:
    """The HEIC with another size in its header (the box `ispe`)."""
    start = photo.index(b"ispe") + 8
    return photo[:start] + struct.pack(">II", width, height) + photo[start + 8 :]
