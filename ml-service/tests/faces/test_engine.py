"""The engine as its callers use it: real photos in, faces and vectors out, from several threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from attendance_contract.errors import ErrorCode
from attendance_ml.faces import (
    FaceEngine,
    FacesError,
    FaceTooSmall,
    MultipleFacesFound,
    NoFaceFound,
    Photo,
    load_calibration,
)
from attendance_ml.samples import compose_class, sample_portrait

ONE_PERSON = ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "grace_hopper.jpg", "astronaut.png", "32bit.png"]


def beside(left: Photo, right: Photo, right_share: float) -> Photo:
    """Two photos in one, the right one scaled."""
    size = round(right.width * right_share), round(right.height * right_share)
    paper = Image.new("RGB", (left.width + size[0], max(left.height, size[1])), "grey")
    paper.paste(Image.fromarray(left.pixels), (0, 0))
    paper.paste(Image.fromarray(right.pixels).resize(size), (left.width, 0))
    return Photo(np.asarray(paper))


def refusal(engine: FaceEngine, photo: Photo, **options: float) -> FacesError:
    asked = {"validate_single": True, "min_face_size": 40, "min_face_area_ratio": 0.0} | options
    with pytest.raises(FacesError) as caught:
        engine.detect_single(photo, **asked)
    return caught.value


@pytest.mark.parametrize("name", ONE_PERSON)
def test_each_portrait_has_one_face_to_enrol(name: str, engine: FaceEngine, photo: Callable[[str], Photo]) -> None:
    portrait = photo(name)
    face = engine.detect_single(portrait, validate_single=True, min_face_size=80, min_face_area_ratio=0)
    left, top, right, bottom = face.box
    assert 0 <= left < right <= portrait.width
    assert 0 <= top < bottom <= portrait.height
    assert face.area_ratio == pytest.approx((right - left) * (bottom - top) / (portrait.width * portrait.height))
    assert face.score > 0.8
    assert ((face.landmarks >= [left, top]) & (face.landmarks <= [right, bottom])).all()


@pytest.mark.parametrize("name", ["coffee.png", "chelsea.png", "rocket.jpg", "text.png", "coins.png"])
def test_nobody_on_the_photo(name: str, engine: FaceEngine, photo: Callable[[str], Photo]) -> None:
    assert engine.detect(photo(name), min_face_size=12, min_face_area_ratio=0) == []
    error = refusal(engine, photo(name))
    assert isinstance(error, NoFaceFound)
    assert error.code is ErrorCode.NO_FACE_FOUND


def test_two_people_are_refused_for_enrolment_unless_one_is_enough(
    engine: FaceEngine, photo: Callable[[str], Photo]
) -> None:
    two = beside(photo("grace_hopper.jpg"), photo("obama2.jpg"), 0.5)
    error = refusal(engine, two)
    assert isinstance(error, MultipleFacesFound)
    assert error.details == {"faces": 2}
    largest = engine.detect_single(two, validate_single=False, min_face_size=40, min_face_area_ratio=0)
    assert largest.box[2] <= 512


def test_a_bystander_less_than_a_quarter_as_wide_does_not_count(
    engine: FaceEngine, photo: Callable[[str], Photo]
) -> None:
    with_bystander = beside(photo("grace_hopper.jpg"), photo("astronaut.png"), 0.4)
    assert len(engine.detect(with_bystander, min_face_size=12, min_face_area_ratio=0)) == 2
    face = engine.detect_single(with_bystander, validate_single=True, min_face_size=40, min_face_area_ratio=0)
    assert face.box[2] <= 512


def test_a_face_smaller_than_asked_is_refused_with_both_figures(
    engine: FaceEngine, photo: Callable[[str], Photo]
) -> None:
    by_size = refusal(engine, photo("grace_hopper.jpg"), min_face_size=400)
    assert isinstance(by_size, FaceTooSmall)
    assert by_size.details["limit"] == 400
    assert 100 < by_size.details["actual"] < 400
    by_area = refusal(engine, photo("grace_hopper.jpg"), min_face_area_ratio=0.5)
    assert isinstance(by_area, FaceTooSmall)
    assert by_area.details["actual"] < 0.5


def test_limits_leave_out_small_faces_of_a_class(engine: FaceEngine, photo: Callable[[str], Photo]) -> None:
    two = beside(photo("grace_hopper.jpg"), photo("obama2.jpg"), 0.3)
    large, small = engine.detect(two, min_face_size=12, min_face_area_ratio=0)
    by_size = engine.detect(two, min_face_size=small.size + 1, min_face_area_ratio=0)
    by_area = engine.detect(two, min_face_size=12, min_face_area_ratio=large.area_ratio)
    assert [face.box for face in by_size] == [face.box for face in by_area] == [large.box]


def test_faces_come_from_left_to_right_and_vectors_in_their_order(
    engine: FaceEngine, photo: Callable[[str], Photo]
) -> None:
    two = beside(photo("grace_hopper.jpg"), photo("obama2.jpg"), 0.6)
    left, right = engine.detect(two, min_face_size=12, min_face_area_ratio=0)
    assert left.box[0] < right.box[0]
    vectors = engine.embed(two, [left, right], flip=False)
    hopper = photo("grace_hopper.jpg")
    alone = engine.detect_single(hopper, validate_single=True, min_face_size=40, min_face_area_ratio=0)
    similarities = vectors @ engine.embed(hopper, [alone], flip=False)[0]
    assert similarities[0] > 0.95
    assert similarities[1] < 0.3


def test_no_faces_have_no_vectors(engine: FaceEngine, photo: Callable[[str], Photo]) -> None:
    assert engine.embed(photo("coffee.png"), [], flip=True).shape == (0, 128)


def test_one_engine_serves_many_threads_with_the_same_answers(engine: FaceEngine) -> None:
    portraits = [sample_portrait(name) for name in ONE_PERSON]
    photos = [
        Photo(np.asarray(compose_class(portraits[:count], size=size, face_width=90).image))
        for count, size in ((2, (900, 600)), (5, (1400, 900)), (7, (1920, 1280)))
    ]

    def look(photo: Photo) -> np.ndarray:
        return engine.embed(photo, engine.detect(photo, min_face_size=12, min_face_area_ratio=0), flip=False)

    alone = [look(photo) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(look, photos * 6))
    assert [len(vectors) for vectors in alone] == [2, 5, 7]
    for index, vectors in enumerate(together):
        expected = alone[index % len(photos)]
        assert (vectors * expected).sum(axis=1).min() > 0.9999


def test_chosen_precision_agrees_with_f32_on_real_photos(
    engine: FaceEngine, exact_engine: FaceEngine, photo: Callable[[str], Photo]
) -> None:
    for name in ONE_PERSON:
        portrait = photo(name)
        faces = engine.detect(portrait, min_face_size=40, min_face_area_ratio=0)
        fast, exact = (e.embed(portrait, faces, flip=False) for e in (engine, exact_engine))
        assert (fast * exact).sum(axis=1).min() > 0.998


def test_it_tells_what_it_runs(exact_engine: FaceEngine, model_paths: dict[str, Path]) -> None:
    detector, embedder = exact_engine.models()
    assert (detector.id, detector.task, detector.licence, detector.precision) == (
        "yunet@2023mar",
        "detect",
        "MIT",
        "f32",
    )
    assert (embedder.id, embedder.task, embedder.licence) == ("sface@2021dec", "embed", "Apache-2.0")
    assert (detector.vector_length, embedder.vector_length) == (None, 128)
    assert detector.runtime == embedder.runtime
    assert set(embedder.calibrations) == {load_calibration(embedder.id, probe_flip=flip).id for flip in (False, True)}
    assert detector.calibrations == ()
