"""Real models and real photos; each is loaded once for all tests of the library."""

from collections.abc import Callable
from pathlib import Path

import pytest

from attendance_ml.faces import FaceEngine, Photo, decode_image, load_engine
from attendance_ml.faces.detect import Detector
from attendance_ml.faces.models import ModelStore
from attendance_ml.faces.runtimes import Precision, best_runtime
from attendance_ml.faces.selftest import load_detector
from attendance_ml.samples import sample_photo

THREADS = 2


@pytest.fixture(scope="session")
def model_paths() -> dict[str, Path]:
    store = ModelStore()
    return {name: store.path(name) for name in ("yunet", "sface")}


@pytest.fixture(scope="session")
def engine(model_paths: dict[str, Path]) -> FaceEngine:
    return load_engine(model_paths, threads=THREADS)


@pytest.fixture(scope="session")
def exact_engine(model_paths: dict[str, Path]) -> FaceEngine:
    """In f32, whatever this machine would choose."""
    return load_engine(model_paths, threads=THREADS, precision=Precision.F32)


@pytest.fixture(scope="session")
def detector(model_paths: dict[str, Path]) -> Detector:
    """In f32, whatever this machine would choose."""
    return load_detector(best_runtime(), model_paths["yunet"], threads=THREADS, precision=Precision.F32)


@pytest.fixture(scope="session")
def photo() -> Callable[[str], Photo]:
    """A sample photo by its name."""
    return lambda name: decode_image(sample_photo(name).read_bytes())
