"""Photos that are waved before the drawn camera fail the challenge; people at several poses pass."""

import numpy as np
import pytest

from attendance_contract.models import Challenge
from attendance_evaluation.photos import LabelledPhoto
from attendance_evaluation.turns import ASKED, Judge, turning_people
from attendance_evaluation.waving import FRAMES, HEIGHT, WIDTH, Hold, Motion, Paper, draw, wave
from attendance_ml.faces import FaceEngine, Photo, decode_image, load_calibration, load_engine
from attendance_ml.faces.models import ModelStore
from attendance_ml.samples import sample_photo


@pytest.fixture(scope="module")
def judge() -> Judge:
    store = ModelStore()
    engine: FaceEngine = load_engine({name: store.path(name) for name in ("yunet", "sface")}, threads=2)
    return Judge(engine, load_calibration("sface@2021dec", probe_flip=True))


def portrait() -> Photo:
    return decode_image(sample_photo("astronaut.png").read_bytes())


def test_a_photo_held_straight_before_the_camera_is_that_photo() -> None:
    """256 of its 512 pixels fit the frame twice, so what is drawn can be laid beside it."""
    photo = portrait()
    hold = Hold((0.0, 0.0, 0.0), float(photo.width), (0.0, 0.0))
    frame = draw(photo, np.array([256.0, 256.0]), Paper.FLAT, hold, 3.0)
    assert (frame.width, frame.height) == (WIDTH, HEIGHT)
    beside = photo.pixels[256 - 200 : 256 + 200, 256 - 200 : 256 + 200]
    shown = frame.pixels[240 - 200 : 240 + 200, 320 - 200 : 320 + 200]
    assert np.abs(shown.astype(int) - beside).mean() < 1


def test_paper_that_is_bent_or_folded_is_seen_narrower() -> None:
    hold = Hold((0.0, 0.0, 0.0), 400.0, (0.0, 0.0))
    widths = {}
    for paper in Paper:
        frame = draw(portrait(), np.array([256.0, 256.0]), paper, hold, 3.0)
        middle = np.abs(frame.pixels[HEIGHT // 2].astype(int) - frame.pixels[0, 0]).sum(axis=1) > 12
        widths[paper] = np.ptp(np.flatnonzero(middle))
    assert widths[Paper.FLAT] > widths[Paper.FOLDED]
    assert widths[Paper.FLAT] > widths[Paper.BENT]


@pytest.mark.parametrize("motion", Motion)
@pytest.mark.parametrize("name", ["astronaut.png", "grace_hopper.jpg"])
def test_a_flat_photo_that_is_waved_fails_whichever_turn_was_asked(judge: Judge, motion: Motion, name: str) -> None:
    photo = decode_image(sample_photo(name).read_bytes())
    face = judge.engine.detect_single(photo, validate_single=True, min_face_size=40, min_face_area_ratio=0)
    random = np.random.default_rng(3)
    frames = [judge.read(frame) for frame in wave(photo, face.landmarks.mean(axis=0), Paper.FLAT, motion, random)]
    assert len(frames) == FRAMES
    assert all(judge.reasons(frames, asked) for asked in ASKED)


def test_a_frame_nobody_is_on_fails_the_sequence(judge: Judge) -> None:
    assert judge.reasons([None, None, None], Challenge.TURN_LEFT) == ("a frame without one large face",)


def test_people_with_too_few_photos_are_not_asked_to_turn(judge: Judge) -> None:
    photos = [LabelledPhoto(sample_photo(name), name) for name in ("obama.jpg", "biden.jpg")]
    frontal = [LabelledPhoto(sample_photo("obama.jpg"), "one person")] * 3
    passed = turning_people([*photos, *frontal], judge).passed
    assert (passed.count, passed.of, passed.low, passed.high) == (0, 0, 0.0, 1.0)
