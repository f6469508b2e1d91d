"""The program that turns one HEIC photo into pixels: a process of its own, so that a hostile photo costs nobody else.

It reads as many bytes of photo from its input as its argument says, answers a line `WIDTH HEIGHT MODE` and waits for
one more byte; then it decodes, and answers the pixels row by row. A photo that it can't read ends it without them.
"""

import contextlib
import sys
from typing import BinaryIO

import pillow_heif

if sys.platform == "linux":
    import resource

CPU_SECONDS = 10
"""No caller waits longer for a try. Twelve megapixels take 0.3 on a server's core, fifty in ten bits 3."""

ADDRESS_SPACE = 3 * 2**29
"""Bytes. Fifty megapixels in ten bits without subsampling, turned, needed 0.86 GB, most of it for a moment."""


def decode(sent: BinaryIO, size: int, answer: BinaryIO) -> None:
    """Talk about one photo, as the module says. It is turned upright by its container's notes; EXIF's are not used.

    Raises:
        Exception: whatever the decoder finds wrong, or that the photo is not of the size that its header tells.
    """
    photo = pillow_heif.open_heif(sent.read(size))
    width, height = photo.size
    answer.write(f"{width} {height} {photo.mode}\n".encode("ascii"))
    answer.flush()
    if not sent.read(1):
        return
    pixels = photo.data
    if photo.size != (width, height):
        raise ValueError("the header tells another size")
    answer.write(pixels)


def _bound(kind: int, soft: int, hard: int) -> None:
    with contextlib.suppress(ValueError):  # whoever started the service has set a stricter one
        resource.setrlimit(kind, (soft, hard))


def main() -> None:
    """Serve the process's own input and output, within bounds that no photo within the limits comes near."""
    if sys.platform == "linux":  # elsewhere the kernel does not keep to them
        # At the first bound it is told by a signal of its own, at the second it would be killed as anybody could do it.
        _bound(resource.RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + 1)
        _bound(resource.RLIMIT_AS, ADDRESS_SPACE, ADDRESS_SPACE)
        _bound(resource.RLIMIT_CORE, 0, 0)  # a photo is not written to disk
    size = int(sys.argv[1])
    with contextlib.suppress(Exception):  # what is wrong with a photo is told by the pixels that are missing
        decode(sys.stdin.buffer, size, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
