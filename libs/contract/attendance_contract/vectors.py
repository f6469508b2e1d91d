"""Embeddings on the wire: a float array, or base64 of little-endian float32. Both are read, either is written."""

import base64
import binascii
import math
import struct
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from attendance_contract.errors import ErrorCode

MAX_VECTOR_LENGTH = 4096
"""No model in use makes longer vectors; a longer one is a mistake or an attack."""


class EmbeddingFormat(StrEnum):
    FLOAT = "float"
    BASE64 = "base64"


def encode_vector(vector: Sequence[float]) -> str:
    """Base64 of the vector as little-endian float32."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")


def decode_vector(text: str) -> list[float]:
    """The vector behind `encode_vector`'s text.

    Raises:
        ValueError: the text is no base64, or not a whole number of float32 values.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("the embedding is not valid base64") from error
    if len(raw) % 4:
        raise ValueError("the embedding's bytes are not a whole number of float32 values")
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


def _refuse(why: str) -> PydanticCustomError:
    """A validation error whose type is the contract's own code, which the services then answer with."""
    return PydanticCustomError(ErrorCode.INVALID_EMBEDDING, why)


def _is_number(value: object) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def _read_vector(value: object) -> object:
    try:
        vector = decode_vector(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _refuse(str(error)) from error
    if not isinstance(vector, list) or not 0 < len(vector) <= MAX_VECTOR_LENGTH:
        raise _refuse(f"an embedding is an array of 1 to {MAX_VECTOR_LENGTH} numbers, or their base64")
    if not all(map(_is_number, vector)):
        raise _refuse("an embedding holds finite numbers only")
    if not any(vector):
        raise _refuse("an embedding of zeros has no direction")
    return vector


Vector = Annotated[list[float], BeforeValidator(_read_vector)]
"""An embedding as read from a request or an answer: finite numbers, not all zero."""

VectorOut = list[float] | str
"""An embedding as written: a float array, or base64 when the caller asked for `embedding_format=base64`."""
