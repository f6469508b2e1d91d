"""A packed gallery: a line that says whose vectors follow, and the vectors where they can be worked on as they lie."""

import struct

import pytest
from pydantic import ValidationError

from attendance_contract.galleries import ALIGNMENT, PackedHeader, pack_gallery


def vector(first: float) -> bytes:
    return struct.pack("<128f", first, *[0.0] * 127)


def test_the_vectors_follow_the_line_in_the_order_of_their_students() -> None:
    packed = pack_gallery("sface@2021dec", [("one", [vector(1), vector(2)]), ("other", [vector(3)])])
    line, _, rest = packed.partition(b"\n")
    header = PackedHeader.model_validate_json(line)
    assert (header.model, header.student_ids, header.counts) == ("sface@2021dec", ["one", "other"], [2, 1])
    assert rest == vector(1) + vector(2) + vector(3)


@pytest.mark.parametrize("name", ["a", "abc", "x" * 61, "x" * 62, "x" * 128])
def test_the_vectors_begin_at_a_multiple_of_the_alignment(name: str) -> None:
    packed = pack_gallery("sface@2021dec", [(name, [vector(1)])])
    assert (len(packed) - len(vector(1))) % ALIGNMENT == 0


@pytest.mark.parametrize("wrong", [{"counts": [0]}, {"counts": [6]}, {"student_ids": [""]}, {"model": "hog"}])
def test_a_line_that_says_something_impossible_is_refused(wrong: dict[str, object]) -> None:
    right = {"model": "sface@2021dec", "student_ids": ["one"], "counts": [1]}
    assert PackedHeader.model_validate(right).counts == [1]
    with pytest.raises(ValidationError):
        PackedHeader.model_validate(right | wrong)
