"""A roster's own comparisons: when they change its thresholds, by how much, and when they must not."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attendance_contract.models import Thresholds
from attendance_ml.faces import Calibration, Gallery, SelfCheck, Way, load_calibration, match_faces
from attendance_ml.faces.selfcheck import chance_of, check_roster

ASKED = Thresholds(confident=0.5, uncertain=0.6, lookalike_margin=0.1)
FAR, CLOSE = 0.9, 0.55
NO_SAME_PERSON = np.empty(0)


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration("sface@2021dec", probe_flip=False)


def a_class(students: int, vectors: int, close: dict[tuple[int, int], float] | None = None) -> np.ndarray:
    """Distances of a roster where everybody is far from everybody, but the first vector of some from some."""
    distances = np.full((students * vectors, students), FAR)
    distances[np.arange(len(distances)), np.repeat(np.arange(students), vectors)] = 0.2
    for (one, other), distance in (close or {}).items():
        distances[one * vectors, other] = distance
    return distances


def checked(distances: np.ndarray, same_person: np.ndarray = NO_SAME_PERSON) -> SelfCheck:
    students = distances.shape[1]
    sizes = np.full(students, len(distances) // max(students, 1))
    return check_roster([f"s{index}" for index in range(students)], sizes, distances, same_person)


def disjoint(pairs: int, distance: float = CLOSE) -> dict[tuple[int, int], float]:
    return {(2 * pair, 2 * pair + 1): distance for pair in range(pairs)}


def test_a_class_of_strangers_keeps_its_thresholds() -> None:
    check = checked(a_class(30, 3))
    assert check.impostors.tightening_wanted == 0
    assert check.tighten(ASKED) == ASKED


def test_a_class_that_breaks_the_promise_tenfold_has_both_thresholds_lowered_by_half_the_band() -> None:
    distances = a_class(60, 1, {(one, (one + gap) % 60): CLOSE for one in range(60) for gap in (1,)})
    distances[:] = np.where(distances == CLOSE, 0.599, distances)
    share = 60 / (60 * 59)
    applied = checked(distances).tighten(ASKED)
    assert applied.tightened_by == pytest.approx(0.05 * np.log10(share / 1e-3), abs=1e-3)
    assert applied.uncertain == pytest.approx(0.6 - applied.tightened_by)
    assert applied.confident == pytest.approx(0.5 - applied.tightened_by)


def test_two_comparisons_below_the_confident_threshold_are_too_many() -> None:
    check = checked(a_class(30, 3, disjoint(2, 0.45)))
    assert check.impostors.below_confident == 2
    assert check.tighten(ASKED).confident < 0.45


def test_the_comparisons_of_one_pair_are_one_piece_of_evidence() -> None:
    distances = a_class(8, 3)
    distances[0:3, 1] = distances[3:6, 0] = CLOSE
    one_pair = checked(distances)
    assert one_pair.impostors.below_uncertain == 6
    assert one_pair.impostors.tightening_wanted == 0, "they tell of these two students, not of the class"
    for pair in range(1, 4):
        first, second = 2 * pair, 2 * pair + 1
        distances[3 * first : 3 * first + 3, second] = distances[3 * second : 3 * second + 3, first] = CLOSE
    assert checked(distances).impostors.tightening_wanted > 0


def test_one_person_enrolled_as_two_leaves_the_others_alone() -> None:
    distances = a_class(30, 3)
    distances[0:3, 1] = distances[3:6, 0] = 0.25
    check = checked(distances)
    (pair,) = check.impostors.lookalikes
    assert pair.student_ids == ("s0", "s1")
    assert check.impostors.below_uncertain == 0
    assert check.impostors.pairs == 28 * 3 * 27
    assert check.tighten(ASKED) == ASKED


def test_a_third_who_resembles_one_enrolled_as_two_resembles_one() -> None:
    distances = a_class(7, 3)
    distances[0:3, 1] = distances[3:6, 0] = 0.25
    for twin in (0, 1):
        distances[3 * twin : 3 * twin + 3, 2] = distances[6:9, twin] = 0.58
    check = checked(distances)
    assert len(check.impostors.lookalikes) == 3
    assert check.tighten(ASKED) == ASKED


def test_where_everybody_seems_to_be_enrolled_twice_the_class_is_alike() -> None:
    apart, alike = (checked(np.full((60, 20), distance)) for distance in (FAR, 0.45))
    assert apart.impostors.tightening_wanted == 0
    assert alike.tighten(ASKED).confident <= 0.45
    assert len(alike.impostors.lookalikes) == 20 * 19 / 2


def test_no_more_lookalikes_are_named_than_somebody_could_look_at() -> None:
    distances = np.random.default_rng(0).uniform(0.5, 0.6, (50, 50))
    named = [pair.distance for pair in checked(distances).impostors.lookalikes]
    assert len(named) == 1000
    assert named == sorted(named)


def test_with_one_photo_each_lookalike_pairs_are_the_evidence() -> None:
    """Two single photos compare the same both ways: left out, no comparison of such a class could ever count."""
    distances = a_class(30, 1)
    for pair in range(4):
        distances[2 * pair, 2 * pair + 1] = distances[2 * pair + 1, 2 * pair] = CLOSE
    check = checked(distances)
    assert len(check.impostors.lookalikes) == 4
    assert check.impostors.tightening_wanted > 0


def test_tightening_stops_where_the_rosters_own_students_would_be_missed() -> None:
    distances = a_class(10, 3, {(one, (one + 1) % 10): 0.45 for one in range(10)})
    wanted = checked(distances).tighten(ASKED)
    held = checked(distances, np.linspace(0.2, 0.48, 100)).tighten(ASKED)
    blocked = checked(distances, np.full(20, 0.7)).tighten(ASKED)
    assert wanted.confident < held.confident < 0.5
    assert (np.linspace(0.2, 0.48, 100) >= held.confident).mean() <= 0.05
    assert blocked.model_dump() == ASKED.model_dump(), "these are missed as it is: it is only reported"
    assert checked(distances, np.full(20, 0.7)).impostors.tightening_wanted > 0


@pytest.mark.parametrize("students", [0, 1, 2])
def test_rosters_of_nearly_nobody_are_left_alone(students: int) -> None:
    check = checked(np.full((students, students), 0.1))
    assert check.tighten(ASKED) == ASKED


SHARES = st.floats(0, 1, width=16)
CLASSES = st.integers(2, 6).flatmap(
    lambda students: st.tuples(
        arrays(np.float64, (2 * students, students), elements=SHARES),
        arrays(np.float64, st.integers(0, 12), elements=SHARES),
        st.permutations(range(students)),
    )
)
Class = tuple[np.ndarray, np.ndarray, list[int]]


@given(drawn=CLASSES, bounds=st.tuples(SHARES, SHARES).map(sorted), other=SHARES)
def test_thresholds_are_never_loosened_nor_crossed_nor_sent_below_what_the_roster_needs(
    drawn: Class, bounds: list[float], other: float
) -> None:
    distances, own, _ = drawn
    confident, uncertain = bounds
    asked = Thresholds(confident=confident, uncertain=uncertain, lookalike_margin=0.1)
    check = checked(distances, own)
    applied = check.tighten(asked)
    assert 0 <= applied.confident <= applied.uncertain
    assert applied.confident <= confident
    assert applied.uncertain <= uncertain
    assert applied.tightened_by == max(confident - applied.confident, uncertain - applied.uncertain)
    for before, after in ((confident, applied.confident), (uncertain, applied.uncertain)):
        assert after == before or not len(own) or (own >= after).mean() <= 0.05
    stricter = check.tighten(asked.model_copy(update={"confident": min(confident, other)}))
    assert stricter.confident <= applied.confident, "who asks for less gets no more"


@given(drawn=CLASSES)
def test_the_order_of_students_and_of_their_photos_changes_nothing(drawn: Class) -> None:
    distances, own, order = drawn
    moved = np.concatenate([distances[[2 * student + 1, 2 * student]] for student in order])[:, order]
    before, after = checked(distances, own), checked(moved, own[::-1])
    assert after.tighten(ASKED) == before.tighten(ASKED)
    assert after.impostors.below_uncertain == before.impostors.below_uncertain
    assert len(after.impostors.lookalikes) == len(before.impostors.lookalikes)


@pytest.mark.parametrize("middle", [0.74, 0.7])
def test_after_tightening_the_promises_are_kept(middle: float) -> None:
    distances = np.random.default_rng(1).normal(middle, 0.06, (40 * 3, 40)).clip(0, 1)
    distances[np.arange(120), np.repeat(np.arange(40), 3)] = 0.2
    before, applied = distances[distances != 0.2], checked(distances).tighten(ASKED)
    assert (before < 0.6).mean() > 0.0015, "or there was nothing to mend"
    assert applied.tightened_by > 0
    assert (before < applied.uncertain).mean() <= 0.0015
    assert (before < applied.confident).sum() <= 1


@given(comparisons=st.integers(0, 40), hits=st.integers(0, 45), rate=st.sampled_from([0.3, 1e-3]))
def test_the_chance_of_so_many_hits_is_the_binomials(comparisons: int, hits: int, rate: float) -> None:
    exact = sum(comb(comparisons, k) * rate**k * (1 - rate) ** (comparisons - k) for k in range(hits, comparisons + 1))
    assert chance_of(hits, comparisons, rate) == pytest.approx(exact, abs=1e-9)


def test_the_chance_holds_for_millions_of_comparisons() -> None:
    assert chance_of(3000, 3_000_000, 1e-3) == pytest.approx(0.5, abs=0.02)
    assert chance_of(3200, 3_000_000, 1e-3) < 0.001


def photos_near(person: np.ndarray, count: int, cosine: float, seed: int) -> np.ndarray:
    """Unit vectors at that cosine from a person's own."""
    others = np.random.default_rng(seed).normal(size=(count, 128))
    others -= np.outer(others @ person, person)
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    return np.asarray(cosine * person + np.sqrt(1 - cosine**2) * others, np.float32)


def people(count: int, alike: float, seed: int = 0) -> np.ndarray:
    """Unit vectors that all share a direction, so that two of them meet at about the cosine `alike`."""
    drawn = np.random.default_rng(seed).normal(size=(count, 128))
    drawn[:, 0] = 0
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    drawn *= np.sqrt(1 - alike)
    drawn[:, 0] = np.sqrt(alike)
    return drawn


def test_a_gallery_of_people_who_resemble_each_other_is_tightened(calibration: Calibration) -> None:
    resembling, mixed = (
        Gallery({f"s{i}": photos_near(each, 3, 0.9, i) for i, each in enumerate(people(30, alike))}, calibration)
        for alike in (0.3, 0.0)
    )
    assert mixed.self_check.tighten(ASKED) == ASKED
    assert resembling.self_check.tighten(ASKED).tightened_by > 0


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_same_person_comparisons_leave_the_photo_itself_out(count: int, calibration: Calibration) -> None:
    own = photos_near(people(1, 0.0)[0], count, 0.8, 3)
    gallery = Gallery({"one": own, "single": people(1, 0.0, seed=9)}, calibration)
    others = [Gallery({"one": np.delete(own, photo, axis=0)}, calibration) for photo in range(count)]
    expected = sorted(float(each.compare(own[photo : photo + 1]).distances[0, 0]) for photo, each in enumerate(others))
    least = gallery.self_check.least
    assert least == pytest.approx(expected[-1], abs=1e-5)


@pytest.mark.filterwarnings("error")
def test_photos_whose_others_cancel_out_are_as_far_as_strangers(calibration: Calibration) -> None:
    own = np.concatenate([np.eye(128)[4:5], np.eye(128)[:2], -np.eye(128)[:2]])
    gallery = Gallery({"odd": own, "other": np.eye(128)[7:8]}, calibration)
    assert gallery.self_check.least > 0.9
    assert gallery.self_check.tighten(ASKED) == ASKED


def test_the_faces_of_one_person_enrolled_as_two_go_to_a_human(calibration: Calibration) -> None:
    everybody = people(20, 0.0)
    vectors = {f"s{i}": photos_near(each, 3, 0.85, i) for i, each in enumerate(everybody)}
    vectors["again"] = photos_near(everybody[4], 3, 0.85, 99)
    gallery = Gallery(vectors, calibration)
    thresholds = gallery.self_check.tighten(ASKED)
    probes = np.concatenate([photos_near(each, 3, 0.85, 200 + i) for i, each in enumerate(everybody)])
    statuses: dict[str | None, set[str]] = {}
    for probe in probes:
        (match,) = match_faces(probe[None], gallery, thresholds)
        statuses.setdefault(match.student_id, set()).add(match.status)
    assert thresholds == ASKED
    assert statuses.pop("s4", {"uncertain"}) | statuses.pop("again", {"uncertain"}) == {"uncertain"}
    assert statuses == {f"s{i}": {"present"} for i in range(20) if i != 4}


def test_a_sibling_is_doubted_only_where_the_face_is_near_to_both(calibration: Calibration) -> None:
    one, other = people(2, 0.0)
    curve = calibration.curves[Way.SINGLE]
    sibling = curve.cosine(CLOSE) * one + np.sqrt(1 - curve.cosine(CLOSE) ** 2) * other
    others = {f"s{index}": people(1, 0.0, seed=index + 5) for index in range(9)}
    gallery = Gallery({"one": [one], "sibling": [sibling], **others}, calibration)
    (near_both,) = match_faces([one], gallery, ASKED)
    (clear,) = match_faces([one - 0.25 * other], gallery, ASKED)
    assert [pair.student_ids for pair in gallery.self_check.impostors.lookalikes] == [("one", "sibling")]
    assert (near_both.student_id, near_both.status) == ("one", "uncertain")
    assert (clear.student_id, clear.status) == ("one", "present")
