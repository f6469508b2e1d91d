"""Quality figures move the way a person would say, and name what to change."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageFilter

from attendance_ml.faces import DetectedFace, FaceEngine, Photo, Quality, QualityReason
from attendance_ml.faces.quality import FACE, assess, estimate_pose, measure_blur


@pytest.fixture(scope="module")
def portrait(photo: Callable[[str], Photo]) -> Photo:
    return photo("grace_hopper.jpg")


@pytest.fixture(scope="module")
def face(engine: FaceEngine, portrait: Photo) -> DetectedFace:
    return engine.detect_single(portrait, validate_single=True, min_face_size=40, min_face_area_ratio=0)


def assess_changed(pixels: np.ndarray, face: DetectedFace) -> Quality:
    return assess(pixels, np.array(face.box, float), face.landmarks)


def test_a_good_portrait_has_no_reasons(face: DetectedFace) -> None:
    assert face.quality.reasons == ()
    assert face.quality.score > 0.7
    assert face.quality.blur < 0.2


def test_blur_lowers_the_score_and_is_named(portrait: Photo, face: DetectedFace) -> None:
    scores, blurs = [], []
    for radius in (0, 2, 4, 8):
        blurred = np.asarray(Image.fromarray(portrait.pixels).filter(ImageFilter.GaussianBlur(radius)))
        quality = assess_changed(blurred, face)
        scores.append(quality.score)
        blurs.append(quality.blur)
    assert blurs == sorted(blurs)
    assert scores == sorted(scores, reverse=True)
    assert QualityReason.BLURRED in quality.reasons


@pytest.mark.parametrize(
    ("factor", "offset", "reason"), [(0.2, 0, QualityReason.TOO_DARK), (0.2, 210, QualityReason.TOO_BRIGHT)]
)
def test_bad_light_is_named(
    factor: float, offset: float, reason: QualityReason, portrait: Photo, face: DetectedFace
) -> None:
    lit = (portrait.pixels * factor + offset).astype(np.uint8)
    quality = assess_changed(lit, face)
    assert reason in quality.reasons
    assert quality.score < face.quality.score


def test_a_small_face_is_named(engine: FaceEngine, portrait: Photo) -> None:
    tiny = Photo(np.asarray(Image.fromarray(portrait.pixels).resize((portrait.width // 6, portrait.height // 6))))
    (small,) = engine.detect(tiny, min_face_size=12, min_face_area_ratio=0)
    assert QualityReason.TOO_SMALL in small.quality.reasons


def test_a_face_cut_off_by_the_photos_edge_is_named(portrait: Photo, face: DetectedFace) -> None:
    left, top, right, bottom = face.box
    cut = (left - right + 40, top, 40, bottom)
    assert QualityReason.CUT_OFF in assess(portrait.pixels, np.array(cut, float), face.landmarks).reasons


def project(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The average face turned by so many degrees, as a camera far away sees it."""
    y, p, r = np.radians([yaw, pitch, roll])
    turn = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    nod = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    lean = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return 100 + 3 * (FACE @ (lean @ nod @ turn).T)[:, :2]


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"), [(0, 0, 0), (30, 0, 0), (-40, 0, 0), (0, 20, 0), (0, -25, 0), (0, 0, 35), (25, -15, 20)]
)
def test_a_turn_is_read_from_the_landmarks(yaw: float, pitch: float, roll: float) -> None:
    pose = estimate_pose(project(yaw, pitch, roll))
    assert (pose.yaw, pose.pitch, pose.roll) == (
        pytest.approx(yaw, abs=0.1),
        pytest.approx(pitch, abs=0.1),
        pytest.approx(roll, abs=0.1),
    )


def test_a_head_turned_far_is_named(portrait: Photo, face: DetectedFace) -> None:
    box = np.array(face.box, float)
    assert QualityReason.TURNED_SIDEWAYS in assess(portrait.pixels, box, project(60, 0, 0)).reasons
    assert QualityReason.TILTED_UP_OR_DOWN in assess(portrait.pixels, box, project(0, 40, 0)).reasons


def test_a_mirrored_photo_turns_the_other_way(engine: FaceEngine, photo: Callable[[str], Photo]) -> None:
    original = photo("obama2.jpg")
    mirrored = Photo(np.ascontiguousarray(original.pixels[:, ::-1]))
    poses = [
        engine.detect_single(p, validate_single=True, min_face_size=40, min_face_area_ratio=0).quality.pose
        for p in (original, mirrored)
    ]
    assert poses[0].yaw == pytest.approx(-poses[1].yaw, abs=5)


@pytest.mark.parametrize("grey", [np.zeros((2, 2), np.float32), np.full((50, 50), 0.5, np.float32)])
def test_where_there_is_nothing_to_see_it_is_blurred(grey: np.ndarray) -> None:
    assert measure_blur(grey) == 1.0
