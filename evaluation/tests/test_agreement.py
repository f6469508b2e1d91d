"""Vectors of two runtimes agree on real faces, and a precision made wrong on purpose is turned down."""

from attendance_evaluation.agreement import Cosines, chosen_precisions, compare_runtimes, crops_of
from attendance_ml.faces import Precision
from attendance_ml.faces.models import ModelStore
from attendance_ml.samples import sample_photo

PHOTOS = ("obama.jpg", "coffee.png", "biden.jpg", "grace_hopper.jpg", "astronaut.png")


def test_every_two_ways_to_embed_agree_on_the_same_faces() -> None:
    store = ModelStore()
    crops = crops_of([sample_photo(name) for name in PHOTOS], 3, store, threads=2)
    assert crops.shape == (3, 112, 112, 3)  # the coffee shows no face, the astronaut was not needed any more
    compared = compare_runtimes(crops, store, threads=2)
    assert compared
    assert all(each.agree() for each in compared), compared
    assert not Cosines("one", "other", least=0.9, first_percentile=0.99, median=1.0).agree()


def test_a_precision_that_is_wrong_is_turned_down() -> None:
    chosen = chosen_precisions(ModelStore(), threads=2)
    assert list(chosen.values())[-1] is Precision.F32
    assert len(chosen) == 2
