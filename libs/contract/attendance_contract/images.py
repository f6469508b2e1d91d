"""Limits on what is taken as an image, and how its format is told from its first bytes."""

from enum import StrEnum

MAX_IMAGE_BYTES = 20 * 1024 * 1024
"""At most this many bytes of image."""

MAX_BODY_BYTES = 28 * 1024 * 1024
"""At most this many bytes of body: 20 MB of image in base64 are 26.7 MB, and the rest is room for other fields."""

MAX_PIXELS = 50_000_000
"""At most this many pixels, read from the header before anything is decoded."""


MAX_UPRIGHT_SIDE = 2048
"""The long side of an upright JPEG: enough to tell faces apart on a large screen."""

HEVC_BRANDS = frozenset([b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"])
"""Brands of files whose images are coded with HEVC (ISO/IEC 23008-12, annex B.4)."""

OPEN_BRANDS = frozenset([b"mif1", b"msf1"])
"""Brands that leave the coding open: such a file is HEIC only if it names an HEVC brand as well. AVIF has these too."""

BRANDS_READ = 32
"""Compatible brands that are looked at; cameras name six."""


class ImageFormat(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"


SHOWN_BY_BROWSERS = frozenset([ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP])
"""Formats that every browser shows. Of the others the ML service makes an upright JPEG when it is asked to."""


def sniff_format(image: bytes) -> ImageFormat | None:
    """The format that the first bytes of an image tell, or None when they are of no known image."""
    if image.startswith(b"\xff\xd8\xff"):
        return ImageFormat.JPEG
    if image.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageFormat.PNG
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        return ImageFormat.WEBP
    return ImageFormat.HEIC if image[4:8] == b"ftyp" and _names_hevc(image) else None


def _names_hevc(image: bytes) -> bool:
    """Whether the brands of an ISO base media file are those of HEIC: the first one, or what it is compatible with."""
    if image[8:12] not in OPEN_BRANDS:
        return image[8:12] in HEVC_BRANDS
    end = min(int.from_bytes(image[:4]), 16 + 4 * BRANDS_READ)
    return any(image[start : start + 4] in HEVC_BRANDS for start in range(16, end, 4))
