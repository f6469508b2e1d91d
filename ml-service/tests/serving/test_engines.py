"""Models beside the running service: loading, switching and unloading, with the real engines of two models."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from attendance_contract.registry import ModelState
from attendance_kit.errors import InvalidRequest, NotFound
from attendance_ml.faces import FaceEngine, Precision, load_engine
from attendance_ml.faces import ModelMismatch as NoCalibration
from attendance_ml.faces.models import EMBEDDERS, SFACE, SFACE_DEQUANTISED, YUNET, ModelStore
from attendance_ml.serving.engines import Engines, Loaded, ModelMismatch, ModelsNotReady

ONE, OTHER = SFACE.id, SFACE_DEQUANTISED.id
Load = Callable[[str], FaceEngine]


@pytest.fixture(scope="module")
def load(dequantised_path: Path) -> Load:
    paths = {model.name: ModelStore().path(model.name) for model in (YUNET, SFACE)}
    made = {
        model_id: load_engine(
            {**paths, SFACE_DEQUANTISED.name: dequantised_path},
            threads=2,
            precision=Precision.F32,
            embedder=EMBEDDERS[model_id],
        )
        for model_id in (ONE, OTHER)
    }
    return made.__getitem__


def engines_with(load: Load, *models: str, forget: Callable[[str], None] = lambda _: None) -> Engines:
    return Engines(load, models, "auto", forget)


async def test_the_first_of_those_loaded_at_start_is_the_current_one(load: Load) -> None:
    engines = engines_with(load, OTHER, ONE)
    with pytest.raises(ModelsNotReady):
        engines.current()
    await engines.load_first()
    assert engines.current().model == OTHER
    assert [loaded.model for loaded in engines.in_use()] == [OTHER, ONE]
    assert engines.get(ONE).model == ONE


async def test_a_model_that_is_not_loaded_serves_nobody(load: Load) -> None:
    engines = engines_with(load, ONE)
    await engines.load_first()
    assert engines.state(OTHER) is ModelState.AVAILABLE
    with pytest.raises(ModelMismatch, match=OTHER):
        engines.get(OTHER)


async def test_the_current_one_serves_until_the_next_is_loaded(load: Load) -> None:
    gate = threading.Event()

    def slow(model_id: str) -> FaceEngine:
        if model_id == OTHER:
            gate.wait(60)
        return load(model_id)

    engines = engines_with(slow, ONE)
    await engines.load_first()
    engines.bring_to(OTHER, ModelState.CURRENT)
    engines.bring_to(OTHER, ModelState.CURRENT)
    assert (engines.state(OTHER), engines.current().model) == (ModelState.LOADING, ONE)
    gate.set()
    await engines.close()
    assert engines.current().model == OTHER
    assert engines.state(ONE) is ModelState.LOADED


async def test_who_changes_the_mind_while_a_model_loads_keeps_what_was(load: Load) -> None:
    engines = engines_with(load, ONE)
    await engines.load_first()
    engines.bring_to(OTHER, ModelState.CURRENT)
    engines.bring_to(ONE, ModelState.CURRENT)
    await engines.close()
    assert engines.current().model == ONE
    assert engines.state(OTHER) is ModelState.LOADED


async def test_an_unloaded_model_is_forgotten_with_its_galleries(load: Load) -> None:
    forgotten: list[str] = []
    engines = engines_with(load, ONE, OTHER, forget=forgotten.append)
    await engines.load_first()
    begun = engines.get(OTHER)
    engines.bring_to(OTHER, ModelState.AVAILABLE)
    engines.bring_to(OTHER, ModelState.AVAILABLE)
    assert forgotten == [OTHER]
    assert engines.state(OTHER) is ModelState.AVAILABLE
    assert begun.engine.models()[-1].id == OTHER  # a call under way ends with what it began with


async def test_a_model_unloaded_while_it_loads_never_arrives(load: Load) -> None:
    engines = engines_with(load, ONE)
    await engines.load_first()
    engines.bring_to(OTHER, ModelState.LOADED)
    await asyncio.sleep(0)
    engines.bring_to(OTHER, ModelState.AVAILABLE)
    await engines.close()
    assert engines.state(OTHER) is ModelState.AVAILABLE


async def test_the_current_model_can_not_be_unloaded(load: Load) -> None:
    engines = engines_with(load, ONE)
    await engines.load_first()
    with pytest.raises(InvalidRequest):
        engines.bring_to(ONE, ModelState.AVAILABLE)
    assert engines.current().model == ONE


async def test_what_fails_to_load_is_told_and_can_be_tried_again(load: Load) -> None:
    tries = []

    def broken(model_id: str) -> FaceEngine:
        tries.append(model_id)
        if tries.count(OTHER) == 1:
            raise OSError("/a/path of this machine")
        return load(model_id)

    engines = engines_with(broken, ONE)
    await engines.load_first()
    engines.bring_to(OTHER, ModelState.CURRENT)
    await engines.close()
    assert (engines.state(OTHER), engines.current().model) == (ModelState.AVAILABLE, ONE)
    told = engines.error(OTHER)
    assert told is not None
    assert "path" not in told
    engines.bring_to(OTHER, ModelState.CURRENT)
    await engines.close()
    assert (engines.current().model, engines.error(OTHER)) == (OTHER, None)


async def test_what_is_not_here_is_not_found(load: Load) -> None:
    engines = engines_with(load, ONE)
    await engines.load_first()
    for unknown in ("other@1", "yunet@2023mar"):
        with pytest.raises(NotFound):
            engines.bring_to(unknown, ModelState.LOADED)
    assert [loaded.model for loaded in engines.in_use()] == [ONE]


def test_without_a_calibration_nothing_is_matched(load: Load) -> None:
    engine = load(ONE)
    facts = next(model for model in engine.models() if model.task == "embed")
    unknown = Loaded(engine, replace(facts, id="new@1"), flip_probe=False)
    with pytest.raises(NoCalibration, match="no calibration for vectors of new@1"):
        _ = unknown.calibration
