"""The shipped curves: what the contract says of them, and that they are what was measured."""

import json
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_contract.errors import ErrorCode
from attendance_ml.faces import Calibration, ModelMismatch, Way, load_calibration, shipped_calibrations
from attendance_ml.faces.calibration import Curve

CURVE = Curve(rare=0.46, seldom=0.36, typical=0.1)


@pytest.fixture(params=[False, True], ids=["plain", "flip"])
def shipped(request: pytest.FixtureRequest) -> Calibration:
    return load_calibration("sface@2021dec", probe_flip=request.param)


def test_the_curve_goes_through_the_contracts_points() -> None:
    cosines = np.array([1, 0.46, 0.36, 0.1, -1])
    assert CURVE.distance(cosines).tolist() == pytest.approx([0, 0.5, 0.6, 0.9, 1])
    assert CURVE.distance(np.array([0.73, 0.41])).tolist() == pytest.approx([0.25, 0.55])


@given(cosine=st.floats(-1, 1))
def test_distance_and_cosine_undo_each_other(cosine: float) -> None:
    assert CURVE.cosine(float(CURVE.distance(np.array(cosine)))) == pytest.approx(cosine, abs=1e-9)


@given(st.tuples(st.floats(-1.1, 1.1), st.floats(-1.1, 1.1)))
def test_more_alike_is_never_farther_and_distances_stay_within_0_and_1(pair: tuple[float, float]) -> None:
    near, far = CURVE.distance(np.array([max(pair), min(pair)]))
    assert 0 <= near <= far <= 1


@pytest.mark.parametrize(("vectors", "way"), [(1, Way.SINGLE), (2, Way.BEST), (3, Way.MEAN), (5, Way.MEAN)])
def test_how_vectors_are_combined_depends_on_their_number(vectors: int, way: Way) -> None:
    assert Way.of(vectors) is way


def test_every_way_has_a_curve_that_falls(shipped: Calibration) -> None:
    assert set(shipped.curves) == set(Way)
    for curve in shipped.curves.values():
        assert 1 > curve.rare > curve.seldom > curve.typical > -1


def test_ids_tell_model_flip_and_content_apart() -> None:
    plain, flip = (load_calibration("sface@2021dec", probe_flip=flag) for flag in (False, True))
    assert plain.id.startswith("sface@2021dec/plain/")
    assert flip.id.startswith("sface@2021dec/flip/")
    assert plain.id.rsplit("/", 1)[1] != flip.id.rsplit("/", 1)[1]


def test_a_model_without_a_calibration_is_a_mismatch() -> None:
    with pytest.raises(ModelMismatch) as caught:
        load_calibration("dlib@19", probe_flip=False)
    assert caught.value.code is ErrorCode.MODEL_MISMATCH
    assert caught.value.details["reasons"] == ["sface-dequantised@2021dec", "sface@2021dec"]


def test_the_files_hold_the_evidence_for_their_promise() -> None:
    folder = files("attendance_ml.faces") / "calibrations"
    contents = [json.loads(file.read_text()) for file in folder.iterdir() if file.name.endswith(".json")]
    assert len(contents) == len(shipped_calibrations()) == 4
    for content in contents:
        for curve in content["curves"].values():
            for population in curve["measured"]:
                for rate in ("1e-5", "1e-3"):
                    assert population["false_match_rate_at"][rate] <= float(rate)
            largest = max(curve["measured"], key=lambda population: population["impostor_comparisons"])
            assert largest["impostor_comparisons"] > 1_000_000
            missed = largest["missed_at"]["1e-5"]
            assert missed["low"] <= missed["rate"] <= missed["high"]


def test_the_mean_of_three_photos_misses_less_than_one_photo(shipped: Calibration) -> None:
    content = json.loads((files("attendance_ml.faces") / "calibrations" / "sface@2021dec.plain.json").read_text())
    missed = {way: curve["measured"][0]["missed_at"]["1e-5"]["rate"] for way, curve in content["curves"].items()}
    assert missed["single"] <= 0.045
    assert missed["mean"] <= 0.009
    assert shipped.curves[Way.MEAN].rare < 1
