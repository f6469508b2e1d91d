"""Embeddings survive the wire in both forms, and nonsense does not."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from attendance_contract.vectors import MAX_VECTOR_LENGTH, Vector, decode_vector, encode_vector

VECTOR = TypeAdapter(Vector)
finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=1, max_size=200).filter(any))
def test_base64_gives_back_the_same_float32_values(vector: list[float]) -> None:
    assert decode_vector(encode_vector(vector)) == vector
    assert VECTOR.validate_python(encode_vector(vector)) == vector


def test_base64_is_little_endian_float32() -> None:
    assert encode_vector([1.0, -2.0]) == "AACAPwAAAMA="


@pytest.mark.parametrize(
    "value",
    [
        [],
        [0.0, 0.0],
        [1.0, math.nan],
        [math.inf],
        [10**400],
        [True, 1.0],
        ["1.0"],
        [1.0] * (MAX_VECTOR_LENGTH + 1),
        "not base64!",
        "AAA=",
        {"a": 1},
        None,
        encode_vector([math.nan]),
        struct.pack("<f", 1.0),
    ],
)
def test_nonsense_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        VECTOR.validate_python(value)
