"""A head that turns is told from a picture that is moved: by geometry for every view, and on real photos."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_contract.models import Challenge
from attendance_ml.faces import FaceEngine, Photo
from attendance_ml.faces.challenge import ChallengeReason, judge_turn, measure_turn
from attendance_ml.faces.quality import FACE

TURN_LEFT, TURN_RIGHT = Challenge.TURN_LEFT, Challenge.TURN_RIGHT
angles = st.floats(-60, 60)


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    (sy, sp, sr), (cy, cp, cr) = np.sin(np.radians([yaw, pitch, roll])), np.cos(np.radians([yaw, pitch, roll]))
    across = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    down = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]) @ down @ across


def seen(points: np.ndarray, turned: np.ndarray, away: float = 1000.0) -> np.ndarray:
    """(5, 3) points, turned, as a camera so far away sees them; what sticks out has a positive third coordinate."""
    placed = (points - points.mean(axis=0)) @ turned.T
    return 300 + 400 * placed[:, :2] / (away - placed[:, 2:]) * (away / 400)


def flat_views(photo_of: np.ndarray, yaws: np.ndarray) -> np.ndarray:
    """What landmarks a photo shows that is turned by `yaws`."""
    paper = np.column_stack([photo_of, np.zeros(5)])
    return np.stack([seen(paper, rotation(yaw, 0, 0), 300) for yaw in yaws])


def head_views(yaws: np.ndarray) -> np.ndarray:
    return np.stack([seen(FACE, rotation(yaw, 0, 0)) for yaw in yaws])


@given(yaw=angles, pitch=angles, roll=st.floats(-180, 180), away=st.floats(150, 2000), head=st.floats(-30, 30))
def test_no_view_of_a_flat_photo_moves_its_nose(
    yaw: float, pitch: float, roll: float, away: float, head: float
) -> None:
    landmarks = head_views(np.array([head]))[0]
    paper = np.column_stack([landmarks, np.zeros(5)])
    moved = measure_turn(seen(paper, rotation(yaw, pitch, roll), away))
    assert moved.shift == pytest.approx(measure_turn(landmarks).shift, abs=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=8, max_size=8), st.floats(-30, 30))
def test_no_projective_map_at_all_does(numbers: list[float], head: float) -> None:
    landmarks = head_views(np.array([head]))[0] / 300 - 1
    bent = np.eye(3) + 0.05 * np.array([*numbers, 0.0]).reshape(3, 3)
    mapped = np.column_stack([landmarks, np.ones(5)]) @ bent.T
    moved = measure_turn(mapped[:, :2] / mapped[:, 2:])
    assert moved.shift == pytest.approx(measure_turn(landmarks).shift, abs=1e-6)


@given(st.floats(5, 50))
def test_a_turning_head_moves_its_nose_to_the_side_it_turns_to(degrees: float) -> None:
    still, left, right = (measure_turn(each).shift for each in head_views(np.array([0, degrees, -degrees])))
    assert left - still == pytest.approx(0.4 * np.tan(np.radians(degrees)), rel=0.25)
    assert right - still == pytest.approx(still - left, abs=1e-3)  # the template is not quite symmetric


@pytest.mark.parametrize(("asked", "side"), [(TURN_LEFT, 1), (TURN_RIGHT, -1)])
def test_a_head_that_turns_as_asked_passes_and_the_other_way_does_not(asked: Challenge, side: int) -> None:
    views = head_views(side * np.linspace(0, 38, 8))
    assert judge_turn(views, asked) == []
    other = TURN_RIGHT if asked is TURN_LEFT else TURN_LEFT
    assert ChallengeReason.TURNED_THE_OTHER_WAY in judge_turn(views, other)


def test_without_a_challenge_nothing_is_asked_of_the_landmarks() -> None:
    assert judge_turn(head_views(np.zeros(2)), Challenge.NONE) == []


@pytest.mark.parametrize(
    ("yaws", "reason"),
    [
        ([0, 40], ChallengeReason.TOO_FEW_FRAMES),
        ([0, 5, 10, 15], ChallengeReason.NOT_TURNED_FAR_ENOUGH),
        ([35, 38, 41, 44, 47, 50, 55], ChallengeReason.NOT_FACING_AT_START),
        ([0, 0, 0, 46, 46], ChallengeReason.TURNED_IN_JERKS),
        ([0, 30, 5, 30, 5, 38], ChallengeReason.TURNED_IN_JERKS),
    ],
)
def test_what_is_wrong_with_a_turn_is_said(yaws: list[float], reason: ChallengeReason) -> None:
    assert reason in judge_turn(head_views(np.array(yaws)), TURN_LEFT)


@given(st.sampled_from([TURN_LEFT, TURN_RIGHT]), st.floats(-70, 70), st.integers(3, 20))
def test_a_flat_photo_that_is_turned_never_passes(asked: Challenge, degrees: float, frames: int) -> None:
    views = flat_views(head_views(np.zeros(1))[0], np.linspace(0, degrees, frames))
    assert ChallengeReason.NOT_TURNED_FAR_ENOUGH in judge_turn(views, asked)


def test_landmarks_on_one_line_are_measured_without_a_crash() -> None:
    on_a_line = np.repeat(np.arange(5.0)[:, None], 2, axis=1)
    assert np.isfinite(measure_turn(on_a_line).shift)
    assert np.isfinite(measure_turn(np.zeros((5, 2))).shift)


def test_a_face_that_narrows_more_than_it_turns_looks_flat() -> None:
    views = head_views(np.linspace(0, 38, 8))
    squeezed = views.copy()
    squeezed[-2:, :, 0] *= 0.7
    assert judge_turn(squeezed, TURN_LEFT) == [ChallengeReason.LOOKS_FLAT]


def landmarks_of(engine: FaceEngine, photo: Photo) -> np.ndarray:
    return engine.detect_single(photo, validate_single=True, min_face_size=40, min_face_area_ratio=0).landmarks


def test_one_person_at_four_poses_passes_in_the_right_order_only(
    engine: FaceEngine, photo: Callable[[str], Photo]
) -> None:
    """No video is at hand: the frames are photos of one person, of several days."""
    frames = [mirrored(photo("obama.jpg")), photo("obama_partial_face.jpg"), photo("obama3.jpg")]
    views = np.stack([landmarks_of(engine, frame) for frame in (*frames, mirrored(photo("obama2.jpg")))])
    assert judge_turn(views, TURN_LEFT) == []
    assert ChallengeReason.TURNED_THE_OTHER_WAY in judge_turn(views, TURN_RIGHT)
    assert ChallengeReason.NOT_FACING_AT_START in judge_turn(views[::-1], TURN_RIGHT)


def mirrored(photo: Photo) -> Photo:
    return Photo(np.ascontiguousarray(photo.pixels[:, ::-1]))
