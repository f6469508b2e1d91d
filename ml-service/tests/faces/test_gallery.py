"""Templates of a roster: combined as the contract says, compared exactly, and checked against each other."""

from collections.abc import Callable

import numpy as np
import pytest

from attendance_contract.errors import ErrorCode
from attendance_contract.models import Thresholds
from attendance_ml.faces import Calibration, FaceEngine, Gallery, InvalidEmbedding, Photo, Way, load_calibration

THRESHOLDS = Thresholds(confident=0.5, uncertain=0.6, lookalike_margin=0.1)


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration("sface@2021dec", probe_flip=False)


def directions(count: int, seed: int = 0) -> np.ndarray:
    """Random unit vectors: in 128 dimensions nearly at right angles, as strangers are."""
    rows = np.random.default_rng(seed).normal(size=(count, 128)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def near(vector: np.ndarray, cosine: float, seed: int) -> np.ndarray:
    """A unit vector at that cosine to `vector`."""
    other = directions(1, 10_000 + seed)[0]
    other -= (other @ vector) * vector
    return cosine * vector + np.sqrt(1 - cosine**2) * other / np.linalg.norm(other)


def photos_of(vector: np.ndarray, count: int, seed: int) -> np.ndarray:
    return np.stack([near(vector, 0.85, seed + index) for index in range(count)])


def test_one_vector_two_and_three_are_combined_each_in_their_way(calibration: Calibration) -> None:
    own = photos_of(directions(1)[0], 3, 10)
    probe = directions(2, seed=5)[:1]
    similarities = {}
    for count in (1, 2, 3):
        comparison = Gallery({"s": own[:count]}, calibration).compare(probe)
        similarities[count] = float(comparison.similarities[0, 0])
        curve = calibration.curves[Way.of(count)]
        assert comparison.distances[0, 0] == pytest.approx(float(curve.distance(comparison.similarities[0, 0])))
    mean = own.mean(axis=0)
    assert similarities[1] == pytest.approx(float(probe[0] @ own[0]), abs=1e-6)
    assert similarities[2] == pytest.approx(float((own[:2] @ probe[0]).max()), abs=1e-6)
    assert similarities[3] == pytest.approx(float(probe[0] @ mean / np.linalg.norm(mean)), abs=1e-6)


def test_students_of_every_way_share_a_gallery(calibration: Calibration) -> None:
    people = directions(6)
    gallery = Gallery({f"s{i}": photos_of(people[i], 1 + i % 3, 100 * i) for i in range(6)}, calibration)
    comparison = gallery.compare(people)
    assert gallery.student_ids == [f"s{i}" for i in range(6)]
    assert comparison.distances.argmin(axis=1).tolist() == list(range(6))
    assert comparison.students.tolist() == list(range(6))


def test_lengths_of_vectors_do_not_matter(calibration: Calibration) -> None:
    own, probe = photos_of(directions(1)[0], 2, 3), directions(1, seed=8)
    scaled = Gallery({"s": own * 7}, calibration).compare(probe * 0.01)
    np.testing.assert_allclose(
        scaled.similarities, Gallery({"s": own}, calibration).compare(probe).similarities, atol=1e-6
    )


def test_a_shortlist_of_a_large_gallery_has_all_that_matter(calibration: Calibration) -> None:
    people = directions(3000)
    gallery = Gallery({f"s{i}": photos_of(people[i], 1 + i % 3, 10 * i) for i in range(len(people))}, calibration)
    probes = np.concatenate([people[:5], directions(5, seed=77)])
    full, short = gallery.compare(probes), gallery.shortlist(probes, 0.6)
    assert short.distances.shape[1] < 200
    np.testing.assert_array_equal(short.distances, full.distances[:, short.students])
    assert set(np.flatnonzero((full.distances < 0.6).any(axis=0))) <= set(short.students)
    assert set(np.argsort(full.distances, axis=1)[:, :2].ravel()) <= set(short.students)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "vectors",
    [
        *(np.ones((2, 127)), np.zeros((1, 128)), np.full((1, 128), np.nan), np.empty((0, 128)), [[1.0, 2.0], [3.0]]),
        *(np.full((1, 128), 1e300), np.full((1, 128), 1e25)),
        np.concatenate([np.eye(128)[:2], -np.eye(128)[:2]]),
    ],
)
def test_vectors_that_are_none_are_refused_with_the_student(vectors: object, calibration: Calibration) -> None:
    with pytest.raises(InvalidEmbedding) as caught:
        Gallery({"fine": directions(1), "s17": vectors}, calibration)
    assert caught.value.code is ErrorCode.INVALID_EMBEDDING
    assert caught.value.details["field"] == "s17"


def test_a_probe_of_another_length_is_refused(calibration: Calibration) -> None:
    with pytest.raises(InvalidEmbedding):
        Gallery({"s": directions(1)}, calibration).compare(np.ones((2, 64)))


def test_strangers_are_no_lookalikes(calibration: Calibration) -> None:
    people = directions(30)
    gallery = Gallery({f"s{i}": photos_of(people[i], 3, 100 * i) for i in range(30)}, calibration)
    impostors = gallery.self_check.impostors
    assert (impostors.pairs, impostors.below_confident, impostors.below_uncertain) == (30 * 3 * 29, 0, 0)
    assert impostors.lookalikes == []


def test_twins_are_named_and_left_out_of_the_counts(calibration: Calibration) -> None:
    people = directions(10)
    people[7] = near(people[2], 0.9, 5)
    gallery = Gallery({f"s{i}": photos_of(people[i], 3, 100 * i) for i in range(10)}, calibration)
    impostors = gallery.self_check.impostors
    (pair,) = impostors.lookalikes
    assert pair.student_ids == ("s2", "s7")
    assert pair.distance < THRESHOLDS.uncertain
    assert impostors.pairs == 8 * 3 * 7
    assert impostors.below_uncertain == 0


def test_one_photo_too_near_another_student_is_counted(calibration: Calibration) -> None:
    people = directions(10)
    rosters = {f"s{i}": photos_of(people[i], 3, 100 * i) for i in range(10)}
    rosters["s4"][0] = near(people[1], 0.7, 9)
    impostors = Gallery(rosters, calibration).self_check.impostors
    assert impostors.below_confident == 1
    assert impostors.lookalikes == []


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_students_have_no_impostors(count: int, calibration: Calibration) -> None:
    gallery = Gallery({f"s{i}": directions(3) for i in range(count)}, calibration)
    assert gallery.self_check.impostors.pairs == 0


def test_of_a_large_gallery_a_part_is_checked(calibration: Calibration) -> None:
    people = directions(1500)
    gallery = Gallery({f"s{i}": people[i : i + 1] for i in range(1500)}, calibration)
    assert gallery.self_check.impostors.pairs == 500 * 499


def test_real_people_are_told_apart_by_a_real_gallery(
    engine: FaceEngine, photo: Callable[[str], Photo], calibration: Calibration
) -> None:
    def vectors(*names: str) -> np.ndarray:
        rows = []
        for name in names:
            portrait = photo(name)
            face = engine.detect_single(portrait, validate_single=True, min_face_size=40, min_face_area_ratio=0)
            rows.append(engine.embed(portrait, [face], flip=True)[0])
        return np.stack(rows)

    gallery = Gallery({"one": vectors("obama.jpg", "obama2.jpg"), "two": vectors("biden.jpg")}, calibration)
    distances = gallery.compare(vectors("obama3.jpg", "grace_hopper.jpg")).distances
    assert distances[0, 0] < THRESHOLDS.confident
    assert min(distances[0, 1], *distances[1]) > THRESHOLDS.uncertain
