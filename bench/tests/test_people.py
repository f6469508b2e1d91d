"""The class that is timed has the faces it claims, with the photos of any machine."""

import pytest

from attendance_bench import people
from attendance_bench.bare import Bare, match


@pytest.fixture(scope="module")
def bare():
    return Bare()


def test_the_sample_photos_alone_make_a_class(bare, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(people, "_LFW", tmp_path / "not here")
    made = people.timed_class(bare.engine)
    assert made.source == "sample photos, varied"
    assert len({classmate.name for classmate in made.classmates}) == 30
    assert {len(photos) for photos in made.enrolled().values()} == {3}


def test_ten_faces_are_found_on_each_class_photo_and_one_on_the_portrait(bare) -> None:
    made = people.timed_class(bare.engine)
    gallery = bare.gallery({"nobody": [bare.encode(made.portrait())]})
    counts = {name: bare.recognise(made.class_photo(size), gallery) for name, size in people.SIZES.items()}
    assert counts == dict.fromkeys(people.SIZES, 10)
    assert match(bare.probes(made.portrait()), gallery) == 1


def test_the_networks_alone_are_given_what_the_engine_gives_them(bare) -> None:
    portrait = people.timed_class(bare.engine).portrait()
    shapes = [images.shape for _, images in bare.inferences(portrait, single=True)]
    assert shapes[0] == (1, 480, 640, 3)
    assert shapes[1:] == [(2 if bare.flip else 1, 112, 112, 3)]
