"""Limits on what is taken as an image, and how its format is told from its first bytes."""

from enum import StrEnum

MAX_IMAGE_BYTES = 20 * 1024 * 1024
"""At most this many bytes of image."""

MAX_BODY_BYTES = 28 * 1024 * 1024
"""At most this many bytes of body: 20 MB of image in base64 are 26.7 MB, and the rest is room for other fields."""

MAX_PIXELS = 50_000_000
"""At most this many pixels, read from the header before anything is decoded."""


class ImageFormat(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


def sniff_format(head: bytes) -> ImageFormat | None:
    """The image format that the first 12 bytes tell, or None when they are of no known image."""
    if head.startswith(b"\xff\xd8\xff"):
        return ImageFormat.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageFormat.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ImageFormat.WEBP
    return None
