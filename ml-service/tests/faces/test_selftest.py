"""Which precision a machine may use: decided by real networks, and by one that is made wrong."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attendance_contract.errors import ErrorCode
from attendance_ml.faces import ModelUnusable
from attendance_ml.faces.models import SFACE
from attendance_ml.faces.runtimes import Network, NetworkSpec, Precision, Runtime, best_runtime
from attendance_ml.faces.selftest import (
    AGREEMENT,
    DETECTING,
    MISPLACED,
    load_detector,
    load_embedder,
    load_reference,
    load_scene_reference,
    measure_agreement,
    measure_misplacement,
)


class Spoilt:
    """A runtime whose outputs in some precisions are blurred by noise, as of a processor with a fault."""

    def __init__(self, runtime: Runtime, noise: dict[Precision, float]) -> None:
        self.runtime = runtime
        self.noise = noise
        self.name = f"spoilt {runtime.name}"

    def native_precisions(self) -> tuple[Precision, ...]:
        return (Precision.BF16, Precision.F32)

    def load(self, spec: NetworkSpec, *, threads: int, precision: Precision) -> Network:
        network = self.runtime.load(spec, threads=threads, precision=Precision.F32)
        noise = self.noise[precision] * np.random.default_rng(0).normal(size=128).astype(np.float32)
        return lambda images: [output + noise for output in network(images)]


def load(runtime: Runtime, path: Path) -> Precision:
    return load_embedder(runtime, path, SFACE.id, threads=2, precision="auto")[1]


def test_the_reference_shows_two_people_and_their_mirror_images() -> None:
    reference = load_reference(SFACE.id)
    assert reference.crops.shape == (4, 112, 112, 3)
    np.testing.assert_array_equal(reference.crops[:2, :, ::-1], reference.crops[2:])
    assert reference.vectors[0] @ reference.vectors[1] < 0.3
    np.testing.assert_allclose(np.linalg.norm(reference.vectors, axis=1), 1, atol=1e-5)


def test_every_native_precision_of_this_machine_agrees(model_paths: dict[str, Path]) -> None:
    runtime = best_runtime()
    for precision in runtime.native_precisions():
        embedder, got = load_embedder(runtime, model_paths["sface"], SFACE.id, threads=2, precision=precision)
        assert got is precision
        assert measure_agreement(embedder, load_reference(SFACE.id)) >= AGREEMENT


def test_auto_takes_the_fastest_that_is_right(model_paths: dict[str, Path]) -> None:
    runtime = best_runtime()
    assert load(Spoilt(runtime, {Precision.BF16: 0, Precision.F32: 0}), model_paths["sface"]) is Precision.BF16


@pytest.mark.parametrize("noise", [0.5, np.nan])
def test_auto_falls_back_to_f32_when_the_fastest_is_wrong(noise: float, model_paths: dict[str, Path]) -> None:
    runtime = Spoilt(best_runtime(), {Precision.BF16: noise, Precision.F32: 0})
    assert load(runtime, model_paths["sface"]) is Precision.F32


def test_a_machine_that_computes_nothing_right_is_refused(model_paths: dict[str, Path]) -> None:
    with pytest.raises(ModelUnusable) as caught:
        load(Spoilt(best_runtime(), dict.fromkeys(Precision, 0.5)), model_paths["sface"])
    assert caught.value.code is ErrorCode.MODELS_NOT_READY
    assert caught.value.details["f32"] < AGREEMENT


class SpoiltDetecting:
    """A runtime whose f16 is wrong on purpose, and which would also detect in bf16."""

    def __init__(self, runtime: Runtime, spoil: Callable[[np.ndarray], np.ndarray], spoilt: set[Precision]) -> None:
        self.runtime = runtime
        self.spoil = spoil
        self.spoilt = spoilt
        self.name = f"spoilt {runtime.name}"

    def native_precisions(self) -> tuple[Precision, ...]:
        return (Precision.BF16, Precision.F16, Precision.F32)

    def load(self, spec: NetworkSpec, *, threads: int, precision: Precision) -> Network:
        network = self.runtime.load(spec, threads=threads, precision=Precision.F32)
        if precision not in self.spoilt:
            return network
        return lambda images: [self.spoil(output) for output in network(images)]


def nothing_seen(output: np.ndarray) -> np.ndarray:
    return output * np.float32(0.3)


def blurred(output: np.ndarray) -> np.ndarray:
    return output + np.random.default_rng(0).normal(scale=0.02, size=output.shape).astype(np.float32)


def not_a_number(output: np.ndarray) -> np.ndarray:
    return output if output.shape[-1] == 1 else np.full_like(output, np.nan)


def test_the_detectors_reference_shows_eight_small_faces() -> None:
    reference = load_scene_reference()
    assert reference.pixels.shape == (320, 448, 3)
    assert reference.found.shape == (8, 15)
    assert reference.found[:, 2].max() < 60


def test_every_native_precision_of_this_machine_finds_the_stored_faces(model_paths: dict[str, Path]) -> None:
    runtime = best_runtime()
    for precision in set(runtime.native_precisions()) & set(DETECTING):
        detector = load_detector(runtime, model_paths["yunet"], threads=2, precision=precision)
        assert measure_misplacement(detector, load_scene_reference()) <= MISPLACED


def test_f32_is_detected_in_where_it_is_asked_for(model_paths: dict[str, Path]) -> None:
    asked = load_detector(best_runtime(), model_paths["yunet"], threads=2, precision=Precision.F32)
    assert asked.precision is Precision.F32


def test_the_detector_takes_the_fastest_that_is_right_but_never_bf16(model_paths: dict[str, Path]) -> None:
    runtime = SpoiltDetecting(best_runtime(), nothing_seen, set())
    assert load_detector(runtime, model_paths["yunet"], threads=2).precision is Precision.F16


@pytest.mark.parametrize("spoil", [nothing_seen, blurred, not_a_number])
def test_the_detector_falls_back_to_f32_when_the_fastest_is_wrong(
    spoil: Callable[[np.ndarray], np.ndarray], model_paths: dict[str, Path]
) -> None:
    runtime = SpoiltDetecting(best_runtime(), spoil, {Precision.F16})
    assert load_detector(runtime, model_paths["yunet"], threads=2).precision is Precision.F32


def test_a_machine_that_finds_other_faces_in_every_precision_is_refused(model_paths: dict[str, Path]) -> None:
    with pytest.raises(ModelUnusable) as caught:
        load_detector(SpoiltDetecting(best_runtime(), nothing_seen, set(Precision)), model_paths["yunet"], threads=2)
    assert caught.value.code is ErrorCode.MODELS_NOT_READY
    assert set(caught.value.details) == {"f16", "f32"}
