"""Which precision a machine may use: decided by real networks, and by one that is made wrong."""

from pathlib import Path

import numpy as np
import pytest

from attendance_contract.errors import ErrorCode
from attendance_ml.faces import ModelUnusable
from attendance_ml.faces.models import SFACE
from attendance_ml.faces.runtimes import Network, NetworkSpec, Precision, Runtime, best_runtime
from attendance_ml.faces.selftest import AGREEMENT, load_embedder, load_reference, measure_agreement


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
