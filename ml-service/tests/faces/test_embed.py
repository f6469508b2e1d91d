"""Vectors: unit length, the same in any batch, and the same person near."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attendance_ml.faces import FaceEngine, Photo
from attendance_ml.faces.embed import BATCH, Embedder, to_unit_length
from attendance_ml.faces.models import SFACE
from attendance_ml.faces.runtimes import Precision, best_runtime
from attendance_ml.faces.selftest import load_embedder, load_reference


@pytest.fixture(scope="module")
def embedder(model_paths: dict[str, Path]) -> Embedder:
    loaded, _ = load_embedder(best_runtime(), model_paths["sface"], SFACE.id, threads=2, precision=Precision.F32)
    return loaded


def vector(engine: FaceEngine, photo: Photo, *, flip: bool = False) -> np.ndarray:
    face = engine.detect_single(photo, validate_single=True, min_face_size=40, min_face_area_ratio=0)
    return engine.embed(photo, [face], flip=flip)[0]


@pytest.mark.parametrize("count", [0, 1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH + 2])
def test_a_crop_has_the_same_vector_in_any_batch(count: int, embedder: Embedder) -> None:
    reference = load_reference(SFACE.id)
    repeated = np.resize(np.arange(len(reference.crops)), count)
    vectors = embedder(reference.crops[repeated], flip=False)
    assert vectors.shape == (count, 128)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, reference.vectors[repeated], atol=2e-3)


def test_with_flip_a_crop_and_its_mirror_image_have_one_vector(embedder: Embedder) -> None:
    crops = load_reference(SFACE.id).crops
    one, other = embedder(crops, flip=True), embedder(crops[:, :, ::-1], flip=True)
    np.testing.assert_allclose(one, other, atol=1e-5)
    assert (embedder(crops, flip=False) * one).sum(axis=1).max() < 0.9999


def test_vectors_have_unit_length(embedder: Embedder) -> None:
    crops = load_reference(SFACE.id).crops
    for flip in (False, True):
        np.testing.assert_allclose(np.linalg.norm(embedder(crops, flip=flip), axis=1), 1, atol=1e-5)


def test_unit_length_keeps_the_direction() -> None:
    assert to_unit_length(np.array([[3.0, 4.0]], np.float32)).tolist() == [pytest.approx([0.6, 0.8])]


@pytest.mark.parametrize("flip", [False, True])
def test_one_person_on_three_dates_is_nearer_than_another_person(
    flip: bool, engine: FaceEngine, photo: Callable[[str], Photo]
) -> None:
    same = [vector(engine, photo(name), flip=flip) for name in ("obama.jpg", "obama2.jpg", "obama3.jpg")]
    other = vector(engine, photo("biden.jpg"), flip=flip)
    assert min(same[0] @ same[1], same[0] @ same[2], same[1] @ same[2]) > 0.5
    assert max(one @ other for one in same) < 0.3
