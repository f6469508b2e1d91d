"""Bytes to upright pixels. Size and dimensions are judged from the header, before a pixel is decoded.

Refuses anything that is not a whole JPEG, PNG, WebP or HEIC within the limits.
"""

import struct
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from attendance_contract.images import MAX_IMAGE_BYTES, MAX_PIXELS, MAX_UPRIGHT_SIDE, ImageFormat, sniff_format
from attendance_ml.faces.colours import rgb_pixels
from attendance_ml.faces.errors import FacesError, ImageTooLarge, InvalidDimensions, InvalidImage, UnknownFormat
from attendance_ml.faces.heic import HeicProgramError, decode_heic
from attendance_ml.faces.resize import STRIP, resample
from attendance_ml.faces.stages import Stage, stage

# Pillow tells of damaged notes by a warning each, and the interpreter keeps every text of one for good.
warnings.filterwarnings("ignore", module=r"PIL\.")

MAX_JPEG_SCANS = 100
"""A progressive JPEG has about ten scans; thousands of them in a few bytes would keep a decoder busy for hours."""

HALVED_FROM = 3840
"""Long side from which the detector looks at half the photo's size, or less, before anything else."""

MOST_HALVED = 20_000_000
"""Pixels: of larger photos the half takes more memory beside the whole than the time is worth."""

FEW_SCANS = 3
"""Of a JPEG that is not progressive, previews in its notes counted. Decoding the others keeps all of them in memory."""

JPEG_QUALITY = 85
ORIENTATION_TAG = 0x0112
START_OF_SCAN = b"\xff\xda"
QUARTER_TURNS = {
    5: (Image.Transpose.TRANSPOSE, False),
    6: (Image.Transpose.ROTATE_270, True),
    7: (Image.Transpose.TRANSVERSE, True),
    8: (Image.Transpose.ROTATE_90, False),
}
"""How Pillow names the EXIF orientations that swap the sides, and whether the stored rows become columns backwards."""

LARGE = 16_000_000
ONE_LARGE = Lock()
"""A WebP or PNG of more pixels than this is decoded while no other is: Pillow holds up to 16 bytes of each pixel, 763
MB of a WebP of fifty million."""

PNG_HEADER = 24
WEBP_HEADER = 30


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What is taken as an image. `min_side`: no face that the detector can see fits in less."""

    max_bytes: int = MAX_IMAGE_BYTES
    max_pixels: int = MAX_PIXELS
    min_side: int = 16


DEFAULT_LIMITS = ImageLimits()


@dataclass(frozen=True, slots=True)
class Photo:
    """Upright pixels, (height, width, 3) uint8 RGB, C-contiguous; perhaps at half their size too, rounded up."""

    pixels: NDArray[np.uint8]
    half: NDArray[np.uint8] | None = field(default=None, repr=False)

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


def decode_image(data: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> Photo:
    """The photo in `data`, turned upright as its EXIF orientation or, in a HEIC, its container says.

    Raises:
        ImageTooLarge: more bytes than `limits.max_bytes`.
        UnknownFormat: not JPEG, PNG, WebP or HEIC.
        InvalidDimensions: more pixels than `limits.max_pixels`, or a side under `limits.min_side`.
        InvalidImage: truncated or corrupt.
    """
    if len(data) > limits.max_bytes:
        raise ImageTooLarge(
            f"The image has {len(data) / 2**20:.1f} MB, at most {limits.max_bytes / 2**20:.0f} MB are taken.",
            limit=limits.max_bytes,
            actual=len(data),
        )
    kind = sniff_format(data)
    if kind is None:
        raise UnknownFormat("This is no JPEG, PNG, WebP or HEIC image.", reasons=[m.value for m in ImageFormat])
    with stage(Stage.DECODE):
        return _decode_or_refuse(kind, data, limits)


def _decode_or_refuse(kind: ImageFormat, data: bytes, limits: ImageLimits) -> Photo:
    try:
        return _decode(kind, data, limits)
    except (FacesError, HeicProgramError):
        raise
    except Exception as error:  # every decoder has errors of its own, and all of them mean the same here
        raise InvalidImage("The image is damaged or incomplete: take or export it again.") from error


@dataclass(frozen=True, slots=True)
class UprightJpeg:
    """A JPEG without any notes of the camera, and its size in pixels."""

    content: bytes
    width: int
    height: int


def encode_upright_jpeg(photo: Photo, max_side: int = MAX_UPRIGHT_SIDE) -> UprightJpeg:
    """The photo as a JPEG whose long side is at most `max_side` pixels, for formats that a browser can't show."""
    pixels = photo.pixels if max(photo.pixels.shape) <= max_side else resample(photo.pixels, max_side)
    content = simplejpeg.encode_jpeg(pixels, quality=JPEG_QUALITY, colorspace="RGB", colorsubsampling="420")
    height, width = pixels.shape[:2]
    return UprightJpeg(content, width, height)


def upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """`pixels` (H, W, 3) as they are meant to be seen, by EXIF orientation 1 to 8; anything else changes nothing."""
    if orientation in QUARTER_TURNS:
        return _quarter_turn(pixels, *QUARTER_TURNS[orientation])
    if orientation in {3, 4}:
        pixels = pixels[::-1]
    if orientation in {2, 3}:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _quarter_turn(pixels: NDArray[np.uint8], how: Image.Transpose, last_first: bool) -> NDArray[np.uint8]:
    """In strips that fit the processor's cache: half the time of numpy's transposed copy."""
    height, width = pixels.shape[:2]
    turned = np.empty((width, height, 3), np.uint8)
    for row in range(0, height, STRIP):
        strip = np.asarray(Image.fromarray(pixels[row : row + STRIP]).transpose(how))
        left = height - row - strip.shape[1] if last_first else row
        turned[:, left : left + strip.shape[1]] = strip
    return turned


def _decode(kind: ImageFormat, data: bytes, limits: ImageLimits) -> Photo:
    if kind is ImageFormat.HEIC:
        return Photo(decode_heic(data, lambda width, height: _check_dimensions(width, height, limits)))
    width, height = _header_size(kind, data)
    _check_dimensions(width, height, limits)
    if kind is ImageFormat.JPEG:
        return _decode_jpeg(data)
    with ONE_LARGE if width * height > LARGE else nullcontext():
        return _decode_with_pillow(data)


def _check_dimensions(width: int, height: int, limits: ImageLimits) -> None:
    if width * height > limits.max_pixels:
        raise InvalidDimensions(
            f"The image has {width} x {height} pixels, at most {limits.max_pixels / 1e6:.0f} megapixels are taken.",
            limit=limits.max_pixels,
            actual=width * height,
        )
    if min(width, height) < limits.min_side:
        raise InvalidDimensions(
            f"The image has {width} x {height} pixels, too few to show a face.",
            limit=limits.min_side,
            actual=min(width, height),
        )


def _header_size(kind: ImageFormat, data: bytes) -> tuple[int, int]:
    """Width and height as the header tells them. Pillow is not asked: for WebP it allocates the canvas on opening."""
    if kind is ImageFormat.JPEG:
        height, width, _, _ = simplejpeg.decode_jpeg_header(data, strict=False)
        return width, height
    return _png_size(data[:PNG_HEADER]) if kind is ImageFormat.PNG else _webp_size(data[:WEBP_HEADER])


def _png_size(head: bytes) -> tuple[int, int]:
    kind, width, height = struct.unpack_from(">4sII", head, 12)
    if kind != b"IHDR":
        raise ValueError("a PNG starts with IHDR")
    return width, height


def _webp_size(head: bytes) -> tuple[int, int]:
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", head, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("a WebP starts with VP8, VP8L or VP8X")


def _decode_jpeg(data: bytes) -> Photo:
    scans = data.count(START_OF_SCAN)
    if scans > MAX_JPEG_SCANS:
        raise InvalidImage("The JPEG has more scans than any camera writes: export it again.")
    height, width, colourspace, _ = simplejpeg.decode_jpeg_header(data, strict=False)
    if colourspace in {"CMYK", "YCCK"}:
        return _decode_with_pillow(data)
    orientation = _jpeg_orientation(data)
    if max(height, width) < HALVED_FROM or height * width > MOST_HALVED or scans > FEW_SCANS:
        return Photo(upright(simplejpeg.decode_jpeg(data, colorspace="RGB"), orientation))
    with ThreadPoolExecutor(1) as beside:
        half = beside.submit(_decode_half, data, height, width, orientation)
        return Photo(upright(simplejpeg.decode_jpeg(data, colorspace="RGB"), orientation), half.result())


def _decode_half(data: bytes, height: int, width: int, orientation: int) -> NDArray[np.uint8]:
    """By the decoder itself: two thirds of the time of the whole, and averaging the whole afterwards takes as long."""
    half = simplejpeg.decode_jpeg(data, colorspace="RGB", min_height=-(-height // 2), min_width=-(-width // 2))
    return upright(half, orientation)


def _decode_with_pillow(data: bytes) -> Photo:
    with Image.open(BytesIO(data)) as image:
        image.load()
        return Photo(upright(rgb_pixels(image), _orientation(image)))


def _jpeg_orientation(data: bytes) -> int:
    try:
        with Image.open(BytesIO(data)) as header:  # reads the header only
            return _orientation(header)
    except UnidentifiedImageError:  # its notes are damaged beyond what Pillow bears; the pixels were read without it
        return 1


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation; 1 where there is none, or where it can't be read: damaged notes don't spoil a photo."""
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except (OSError, ValueError, TypeError, OverflowError, SyntaxError, struct.error):
        return 1
