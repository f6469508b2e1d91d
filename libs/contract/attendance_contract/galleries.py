"""A large gallery on the wire: one line of JSON, then all vectors as little-endian float32. 100,000 fit in a call.

As JSON they would be 70 MB in base64, and thirty times as much while they are read.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from attendance_contract.models import MAX_STUDENT_VECTORS, ModelId, StudentId, Wire

PACKED_GALLERY = "application/vnd.smart-attendance.gallery"
"""The media type of a packed gallery."""

MAX_PACKED_BYTES = 64 * 1024 * 1024
"""At most this many bytes of packed gallery: 100,000 vectors of 128 numbers are 51 MB, and the rest is room for ids."""

MAX_HEADER_BYTES = 16 * 1024 * 1024
ALIGNMENT = 64
"""The vectors begin at a multiple of so many bytes, so that they are worked on where they lie."""


class PackedHeader(Wire):
    """The first line: whose vectors follow, in this order, and how many are each one's."""

    model: ModelId
    student_ids: list[StudentId] = Field(max_length=100_000, fail_fast=True)
    counts: list[Annotated[int, Field(ge=1, le=MAX_STUDENT_VECTORS)]] = Field(max_length=100_000, fail_fast=True)


def pack_gallery(model: str, students: Iterable[tuple[str, Sequence[bytes]]]) -> bytes:
    """A gallery of students with their vectors, each the bytes of its little-endian float32 numbers."""
    known = list(students)
    header = {
        "model": model,
        "student_ids": [student_id for student_id, _ in known],
        "counts": [len(vectors) for _, vectors in known],
    }
    line = json.dumps(header).encode()
    filled = line + b" " * (-(len(line) + 1) % ALIGNMENT) + b"\n"
    return filled + b"".join(vector for _, vectors in known for vector in vectors)
