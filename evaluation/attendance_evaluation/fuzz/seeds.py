"""The good photos that hostile ones are made from: one portrait in every way that cameras and programs write it.

They are small, so that tens of thousands are decoded in minutes.
"""

import struct
import zlib
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageCms

from attendance_contract.images import ImageFormat
from attendance_evaluation.fuzz.containers import Part, join
from attendance_ml.samples import sample_photo

WIDTH = 144
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The passes of an interlaced PNG: first column and row, steps right and down (PNG specification, 8.2)."""


@cache
def seeds() -> Mapping[str, bytes]:
    """Good photos by what they are; the same on every machine with the same encoders."""
    with Image.open(sample_photo("grace_hopper.jpg")) as opened:
        portrait = opened.convert("RGB")
    portrait.thumbnail((WIDTH, 2 * WIDTH))
    return {**_jpegs(portrait), **_pngs(portrait), **_webps(portrait), **_heics(portrait)}


def _jpegs(portrait: Image.Image) -> dict[str, bytes]:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {
        "jpeg": _written(portrait, "JPEG", quality=85),
        "jpeg progressive": _written(portrait, "JPEG", quality=85, progressive=True),
        "jpeg 4:4:4 with restarts": _written(portrait, "JPEG", subsampling=0, restart_marker_blocks=4),
        "jpeg grey": _written(portrait.convert("L"), "JPEG"),
        "jpeg cmyk": _written(portrait.convert("CMYK"), "JPEG"),
        "jpeg with notes": _written(portrait, "JPEG", exif=_notes(), icc_profile=profile, comment=b"school"),
    }


def _pngs(portrait: Image.Image) -> dict[str, bytes]:
    veiled = portrait.copy()
    veiled.putalpha(portrait.convert("L"))
    palette = portrait.quantize(64)
    deep = Image.fromarray(np.asarray(portrait.convert("L"), np.uint16) * 257)
    frames = [portrait, portrait.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    return {
        "png": _written(portrait, "PNG", exif=_notes()),
        "png palette": _written(palette, "PNG"),
        "png palette with transparency": _written(palette, "PNG", transparency=3),
        "png alpha": _written(veiled, "PNG"),
        "png grey with alpha": _written(veiled.convert("LA"), "PNG"),
        "png grey of 16 bits": _written(deep, "PNG"),
        "png of one bit": _written(portrait.convert("1"), "PNG"),
        "png interlaced": _interlaced(np.asarray(portrait)),
        "png animated": _written(frames[0], "PNG", save_all=True, append_images=frames[1:]),
    }


def _webps(portrait: Image.Image) -> dict[str, bytes]:
    veiled = portrait.copy()
    veiled.putalpha(portrait.convert("L"))
    mirrored = portrait.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return {
        "webp": _written(portrait, "WEBP", quality=80),
        "webp lossless": _written(portrait, "WEBP", lossless=True),
        "webp with alpha and notes": _written(veiled, "WEBP", exif=_notes()),
        "webp animated": _written(portrait, "WEBP", save_all=True, append_images=[mirrored]),
    }


def _heics(portrait: Image.Image) -> dict[str, bytes]:
    written = BytesIO()
    pillow_heif.from_pillow(portrait).save(written, quality=60, enc_params={"preset": "ultrafast"})
    return {"heic": written.getvalue()}


def _written(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def _notes() -> bytes:
    notes = Image.Exif()
    notes[0x0112], notes[0x010E], notes[0x8825] = 6, "a school", {1: "N", 2: (51.0, 28.0, 38.0)}
    return notes.tobytes()


def _interlaced(pixels: NDArray[np.uint8]) -> bytes:
    """Pillow writes none."""
    height, width = pixels.shape[:2]
    passes = (pixels[top::down, left::right] for left, top, right, down in ADAM7)
    rows = b"".join(b"\0" + row.tobytes() for taken in passes for row in taken)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    parts = [Part(b"IHDR", header), Part(b"IDAT", zlib.compress(rows)), Part(b"IEND", b"")]
    return join(ImageFormat.PNG, parts)
