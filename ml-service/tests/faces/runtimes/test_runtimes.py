"""Both runtimes, one Protocol: the same networks give the same answers, at any size, from several threads."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from attendance_ml.faces import Photo, load_engine, runtimes
from attendance_ml.faces.models import SFACE, SFACE_DEQUANTISED
from attendance_ml.faces.runtimes import NetworkSpec, Precision, Runtime, best_runtime
from attendance_ml.faces.runtimes.onnxruntime import CUDA, OnnxRuntime, cuda_works
from attendance_ml.faces.selftest import AGREEMENT, load_detector, load_embedder, load_reference, measure_agreement

openvino = pytest.importorskip("openvino", reason="OpenVINO is only made for x86-64")
from attendance_ml.faces.runtimes.openvino import OpenVinoRuntime  # noqa: E402  only where it can be imported

RUNTIMES = [OpenVinoRuntime(), OnnxRuntime()]


@pytest.fixture(scope="module", params=RUNTIMES, ids=lambda runtime: runtime.name.split()[0])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    return request.param


def test_openvino_is_preferred_where_it_is_installed() -> None:
    assert best_runtime().name.startswith("openvino ")


def test_where_openvino_is_not_made_for_onnxruntime_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "is_installed", lambda module: module != "openvino")
    assert best_runtime().name.startswith("onnxruntime ")


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_cuda_is_taken_only_where_a_session_really_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    working = cuda_works()
    assert OnnxRuntime().on_cuda is working
    assert OnnxRuntime().name.endswith(" CUDA") is working
    built_for_it = [CUDA, *onnxruntime.get_available_providers()]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: built_for_it)
    assert cuda_works() is working  # built for it is not enough


def test_f32_is_always_native(runtime: Runtime) -> None:
    assert Precision.F32 in runtime.native_precisions()


def test_the_embedder_takes_any_batch(runtime: Runtime, model_paths: dict[str, Path]) -> None:
    spec = NetworkSpec(model_paths["sface"], bgr=False, size=(112, 112))
    network = runtime.load(spec, threads=2, precision=Precision.F32)
    crops = load_reference("sface@2021dec").crops
    (one,), (four,) = network(crops[:1]), network(crops)
    assert (one.shape, four.shape) == ((1, 128), (4, 128))
    np.testing.assert_allclose(one[0], four[0], atol=1e-3)


@pytest.mark.parametrize("size", [(64, 96), (480, 640), (736, 512)])
def test_the_detector_takes_any_size(size: tuple[int, int], runtime: Runtime, model_paths: dict[str, Path]) -> None:
    spec = NetworkSpec(model_paths["yunet"], bgr=True, size=(None, None))
    outputs = runtime.load(spec, threads=2, precision=Precision.F32)(np.zeros((1, *size, 3), np.uint8))
    cells = [size[0] * size[1] // stride**2 for stride in (8, 16, 32)]
    assert [output.shape for output in outputs] == [(1, count, length) for length in (1, 1, 4, 10) for count in cells]


def test_outputs_stay_as_they_are_when_the_network_runs_again(runtime: Runtime, model_paths: dict[str, Path]) -> None:
    spec = NetworkSpec(model_paths["sface"], bgr=False, size=(112, 112))
    network = runtime.load(spec, threads=1, precision=Precision.F32)
    crops = load_reference("sface@2021dec").crops
    (first,) = network(crops[:1])
    kept = first.copy()
    network(crops[1:2])
    np.testing.assert_array_equal(first, kept)


def test_several_threads_get_their_own_answers(runtime: Runtime, model_paths: dict[str, Path]) -> None:
    spec = NetworkSpec(model_paths["sface"], bgr=False, size=(112, 112))
    network = runtime.load(spec, threads=2, precision=Precision.F32)
    crops = load_reference("sface@2021dec").crops
    alone = [network(crops[index : index + 1])[0] for index in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda index: network(crops[index : index + 1])[0], list(range(4)) * 8))
    for index, vector in enumerate(together):
        np.testing.assert_allclose(vector, alone[index % 4], atol=1e-4)


def test_both_runtimes_find_the_same_faces(model_paths: dict[str, Path], photo: Callable[[str], Photo]) -> None:
    pixels = photo("grace_hopper.jpg").pixels
    detectors = [
        load_detector(runtime, model_paths["yunet"], threads=2, precision=Precision.F32) for runtime in RUNTIMES
    ]
    found = [detector(pixels) for detector in detectors]
    assert len(found[0]) == 1
    np.testing.assert_allclose(found[0], found[1], atol=1e-2)


def test_vectors_of_both_runtimes_compare_freely(model_paths: dict[str, Path], photo: Callable[[str], Photo]) -> None:
    portrait = photo("obama.jpg")
    vectors = []
    for runtime in RUNTIMES:
        engine = load_engine(model_paths, threads=2, runtime=runtime)
        face = engine.detect_single(portrait, validate_single=True, min_face_size=80, min_face_area_ratio=0)
        vectors.append(engine.embed(portrait, [face], flip=True)[0])
    assert vectors[0] @ vectors[1] > 0.999


def test_onnxruntime_refuses_what_it_does_not_compute(model_paths: dict[str, Path]) -> None:
    spec = NetworkSpec(model_paths["sface"], bgr=False, size=(112, 112))
    with pytest.raises(ValueError, match="f32"):
        OnnxRuntime().load(spec, threads=1, precision=Precision.BF16)


def test_weights_stored_as_blocks_of_small_numbers_become_the_floats_that_they_stand_for(
    runtime: Runtime, dequantised_path: Path
) -> None:
    own, plain = load_reference(SFACE_DEQUANTISED.id), load_reference(SFACE.id)
    network, _ = load_embedder(runtime, dequantised_path, SFACE_DEQUANTISED.id, threads=2, precision="auto")
    assert measure_agreement(network, own) >= AGREEMENT
    assert 0.999 < measure_agreement(network, plain) < 0.9999  # nearly the model it was made of, but not that model


MIXED_SIZES = """
import numpy as np, psutil, sys
from pathlib import Path
from attendance_ml.faces.runtimes.openvino import OpenVinoRuntime
from attendance_ml.faces.selftest import load_detector
detector = load_detector(OpenVinoRuntime(), Path(sys.argv[1]), threads=1)
detector(np.zeros((928, 928, 3), np.uint8))
before = psutil.Process().memory_info().rss
for height, width in np.random.default_rng(0).integers(1, 30, (150, 2)) * 32:
    detector(np.zeros((height, width, 3), np.uint8))
print((psutil.Process().memory_info().rss - before) // 2**20)
"""


def test_photos_of_many_sizes_do_not_add_up_in_memory(model_paths: dict[str, Path]) -> None:
    """They took over 400 MB, and the next ones more, with what OpenVINO keeps by itself."""
    command = [sys.executable, "-c", MIXED_SIZES, str(model_paths["yunet"])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 180
