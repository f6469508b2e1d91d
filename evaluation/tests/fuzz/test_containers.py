"""Taking image files apart and putting them together again changes nothing but what was meant."""

import pytest

from attendance_contract.images import sniff_format
from attendance_evaluation.fuzz.containers import join, split, with_size
from attendance_evaluation.fuzz.seeds import seeds
from attendance_ml.faces import InvalidDimensions, decode_image


@pytest.mark.parametrize("name", seeds())
def test_every_good_photo_is_the_same_after_taking_it_apart_and_decodes(name: str) -> None:
    photo = seeds()[name]
    kind = sniff_format(photo)
    assert kind
    assert join(kind, split(photo)) == photo
    assert max(decode_image(photo).pixels.shape) == 169


@pytest.mark.parametrize("name", [name for name in seeds() if name != "heic"])  # its coded image has a size too
def test_a_size_put_into_the_header_is_believed_and_refused(name: str) -> None:
    with pytest.raises(InvalidDimensions):
        decode_image(with_size(seeds()[name], 15, 15))


def test_what_is_no_image_is_one_part() -> None:
    (part,) = split(b"Dear teacher")
    assert part.content == b"Dear teacher"
    assert with_size(b"Dear teacher", 1, 1) == b"Dear teacher"
