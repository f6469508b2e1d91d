"""Passive liveness: the crop its networks were trained on, one score on both runtimes, photos told from people."""

import csv
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from liveness_models import liveness_models

from attendance_contract.models import Challenge
from attendance_ml.faces import FaceEngine, Photo, decode_image, load_calibration
from attendance_ml.faces.liveness import (
    LIVE,
    PassiveLiveness,
    crop_around,
    has_surroundings,
    load_liveness,
    window_around,
)
from attendance_ml.faces.runtimes.onnxruntime import OnnxRuntime
from attendance_ml.faces.sequence import Doubt, Frame, judge_frames, read_frame

DATA = Path(__file__).parents[4] / "shared" / "data" / "spoof-nuaa-train"


@pytest.fixture(scope="module")
def passive() -> PassiveLiveness:
    return load_liveness(liveness_models(), threads=2)


@given(
    st.tuples(st.integers(0, 600), st.integers(0, 400), st.integers(1, 600), st.integers(1, 400)),
    st.sampled_from([2.7, 4.0]),
)
def test_a_window_never_leaves_the_frame_and_keeps_the_face(box: tuple[int, int, int, int], grown: float) -> None:
    face = (box[0], box[1], min(box[0] + box[2], 640), min(box[1] + box[3], 480))
    left, top, right, bottom = window_around(face, grown, 640, 480)
    assert 0 <= left <= face[0]
    assert 0 <= top <= face[1]
    assert min(face[2], 639) - 1 <= right <= 639
    assert min(face[3], 479) - 1 <= bottom <= 479


def test_a_window_is_the_face_grown_as_far_as_the_frame_is_high() -> None:
    assert window_around((300, 200, 340, 250), 2.7, 640, 480) == (266, 157, 374, 292)
    left, top, right, bottom = window_around((0, 0, 100, 240), 2.7, 640, 480)
    assert (left, top, bottom) == (0, 0, 479)
    assert right == int(100 * 479 / 240)


def test_a_crop_is_sampled_as_opencv_does(photo: Callable[[str], Photo]) -> None:
    pixels = photo("grace_hopper.jpg").pixels
    box = (170, 120, 340, 350)
    left, top, right, bottom = window_around(box, 2.7, pixels.shape[1], pixels.shape[0])
    reference = cv2.resize(pixels[top : bottom + 1, left : right + 1], (80, 80))
    assert np.abs(crop_around(pixels, box, 2.7).astype(int) - reference).max() <= 1


def test_a_face_that_fills_the_frame_can_not_be_judged() -> None:
    assert has_surroundings((0, 0, 200, 260), 640)
    assert not has_surroundings((0, 0, 300, 390), 640)


def test_both_runtimes_score_alike_and_batches_as_single_frames(
    passive: PassiveLiveness, photo: Callable[[str], Photo]
) -> None:
    other = load_liveness(liveness_models(), threads=2, runtime=OnnxRuntime())
    pixels = photo("grace_hopper.jpg").pixels
    crops = np.stack([passive.crop(pixels, (170 + 10 * step, 120, 340, 350)) for step in range(5)])
    scores = passive.score(crops)
    np.testing.assert_allclose(scores, other.score(crops), atol=1e-4)
    np.testing.assert_allclose(scores[:1], passive.score(crops[:1]), atol=1e-4)
    assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.data
def test_people_score_above_photos_of_themselves(engine: FaceEngine, passive: PassiveLiveness) -> None:
    if not DATA.is_dir():
        pytest.skip("the photos of spoof-nuaa-train are not on this machine")
    with (DATA / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    subjects = sorted({row["subject"] for row in rows})
    chosen = {
        label: [
            next(row["image"] for row in rows if (row["label"], row["subject"]) == (label, who)) for who in subjects
        ]
        for label in ("live", "spoof")
    }
    scores = {label: [score_of(engine, passive, DATA / name) for name in names] for label, names in chosen.items()}
    assert min(scores["live"]) > max(scores["spoof"])
    assert max(scores["spoof"]) < LIVE


def score_of(engine: FaceEngine, passive: PassiveLiveness, path: Path) -> float:
    """Of the largest face: some who hold a photo up are to be seen beside it."""
    shown = decode_image(path.read_bytes())
    face = engine.detect_single(shown, validate_single=False, min_face_size=40, min_face_area_ratio=0)
    return float(passive.score(passive.crop(shown.pixels, face.box)[None])[0])


@pytest.fixture
def frame(engine: FaceEngine, photo: Callable[[str], Photo]) -> Callable[[str], Frame]:
    return lambda name: read_frame(engine, None, photo(name))


def test_frames_of_two_people_are_not_one_person(frame: Callable[[str], Frame]) -> None:
    calibration = load_calibration("sface@2021dec", probe_flip=True)
    mixed = judge_frames(
        [frame("obama.jpg"), frame("biden.jpg"), frame("obama.jpg")], Challenge.NONE, calibration, None
    )
    alone = judge_frames([frame("obama.jpg"), frame("obama3.jpg")], Challenge.NONE, calibration, None)
    assert Doubt.NOT_ONE_PERSON in mixed.reasons
    assert Doubt.NOT_ONE_PERSON not in alone.reasons


def test_without_networks_and_without_a_challenge_nobody_is_shown_to_be_live(frame: Callable[[str], Frame]) -> None:
    calibration = load_calibration("sface@2021dec", probe_flip=True)
    verdict = judge_frames([frame("obama.jpg")] * 2, Challenge.NONE, calibration, None)
    assert (verdict.is_live, verdict.score) == (False, None)
