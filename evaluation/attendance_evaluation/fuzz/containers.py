"""Image files taken apart into their chunks, segments or boxes, and put together again with lengths and sums right.

It decodes no pixel. What it can't take apart is one part.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from attendance_contract.images import ImageFormat, sniff_format

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START, START_OF_SCAN, ESCAPED = b"\xff\xd8", 0xDA, frozenset([0x00, *range(0xD0, 0xD8)])
BARE_MARKERS = frozenset([0x01, *range(0xD0, 0xDA)])
SIZE_MARKERS = frozenset([0xC0, 0xC1, 0xC2, 0xC3])


@dataclass(frozen=True, slots=True)
class Part:
    """A PNG chunk, JPEG segment (of a scan also its data), RIFF chunk or box of a HEIC, without its length."""

    kind: bytes
    content: bytes


def split(data: bytes) -> list[Part]:
    """The parts of a well-formed image; a damaged one as far as it goes, the rest as a last part without a kind."""
    kind = sniff_format(data)
    if kind is ImageFormat.PNG:
        return list(_png_parts(data))
    if kind is ImageFormat.JPEG:
        return list(_jpeg_parts(data))
    if kind is ImageFormat.WEBP:
        return list(_riff_parts(data))
    return list(_boxes(data)) if kind is ImageFormat.HEIC else [Part(b"", data)]


def join(kind: ImageFormat, parts: list[Part]) -> bytes:
    """A file of these parts, with right lengths and checksums."""
    if kind is ImageFormat.PNG:
        return PNG_START + b"".join(map(_png_chunk, parts))
    if kind is ImageFormat.JPEG:
        return JPEG_START + b"".join(map(_jpeg_segment, parts))
    if kind is ImageFormat.WEBP:
        body = b"WEBP" + b"".join(map(_riff_chunk, parts))
        return b"RIFF" + struct.pack("<I", len(body)) + body
    return b"".join(part.kind and struct.pack(">I", len(part.content) + 8) + part.kind + part.content for part in parts)


def with_size(data: bytes, width: int, height: int) -> bytes:
    """The same file telling another size in its header; unchanged where it tells none."""
    kind = sniff_format(data)
    if kind is None:
        return data
    if kind is ImageFormat.HEIC:
        start = data.find(b"ispe") + 8
        return data[:start] + struct.pack(">II", width, height) + data[start + 8 :] if start > 8 else data  # noqa: PLR2004  # find's -1 plus the 8
    return join(kind, [_resized(kind, part, width, height) for part in split(data)])


def _resized(kind: ImageFormat, part: Part, width: int, height: int) -> Part:
    content = part.content
    if kind is ImageFormat.PNG and part.kind == b"IHDR":
        return replace(part, content=struct.pack(">II", width, height) + content[8:])
    if kind is ImageFormat.JPEG and part.kind and part.kind[0] in SIZE_MARKERS:
        return replace(part, content=content[:1] + struct.pack(">HH", height & 0xFFFF, width & 0xFFFF) + content[5:])
    if part.kind == b"VP8X":
        sides = ((side - 1) & 0xFFFFFF for side in (width, height))
        return replace(part, content=content[:4] + b"".join(side.to_bytes(3, "little") for side in sides))
    if part.kind == b"VP8 ":
        return replace(part, content=content[:6] + struct.pack("<HH", width & 0x3FFF, height & 0x3FFF) + content[10:])
    if part.kind == b"VP8L":
        bits = ((width - 1) & 0x3FFF) | ((height - 1) & 0x3FFF) << 14
        return replace(part, content=content[:1] + struct.pack("<I", bits) + content[5:])
    return part


def _png_parts(data: bytes) -> Iterator[Part]:
    place = len(PNG_START)
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        yield Part(data[place + 4 : place + 8], data[place + 8 : place + 8 + length])
        place += 12 + length


def _png_chunk(part: Part) -> bytes:
    marked = part.kind + part.content
    return struct.pack(">I", len(part.content)) + marked + struct.pack(">I", zlib.crc32(marked))


def _jpeg_parts(data: bytes) -> Iterator[Part]:
    place = len(JPEG_START)
    while place + 4 <= len(data) and data[place] == 0xFF:  # noqa: PLR2004  # what every marker begins with
        marker = data[place + 1]
        if marker in BARE_MARKERS:
            yield Part(bytes([marker]), b"")
            place += 2
            continue
        (length,) = struct.unpack_from(">H", data, place + 2)
        end = place + 2 + length
        if marker == START_OF_SCAN:
            end = _end_of_scan(data, end)
        yield Part(bytes([marker]), data[place + 4 : end])
        place = end
    if place < len(data):
        yield Part(b"", data[place:])


def _end_of_scan(data: bytes, place: int) -> int:
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            return len(data)
        if data[place + 1] not in ESCAPED:
            return place
        place += 2


def _jpeg_segment(part: Part) -> bytes:
    if not part.kind:
        return part.content
    if part.kind[0] in BARE_MARKERS:
        return b"\xff" + part.kind
    length = len(part.content) + 2
    if part.kind[0] == START_OF_SCAN and len(part.content) > 0:
        length = 6 + 2 * part.content[0]  # of the scan's header; its data has none
    return b"\xff" + part.kind + struct.pack(">H", min(length, 0xFFFF)) + part.content


def _riff_parts(data: bytes) -> Iterator[Part]:
    place = 12
    while place + 8 <= len(data):
        (length,) = struct.unpack_from("<I", data, place + 4)
        yield Part(data[place : place + 4], data[place + 8 : place + 8 + length])
        place += 8 + length + length % 2


def _riff_chunk(part: Part) -> bytes:
    return part.kind + struct.pack("<I", len(part.content)) + part.content + b"\0" * (len(part.content) % 2)


def _boxes(data: bytes) -> Iterator[Part]:
    place = 0
    while place + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        end = place + length if length >= 8 else len(data)  # noqa: PLR2004  # the length of a box without content
        yield Part(data[place + 4 : place + 8], data[place + 8 : end])
        place = end
