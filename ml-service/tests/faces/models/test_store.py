"""The store gives out a path only for a file that is what the catalogue says."""

import shutil

import pytest

from attendance_ml.faces.models import (
    SFACE,
    YUNET,
    ModelMissingError,
    ModelStore,
    WrongChecksumError,
    cache_folder,
    source_folder,
)


def test_a_fetched_model_has_a_path(tmp_path) -> None:
    here = ModelStore().path("yunet")
    (tmp_path / "models").mkdir()
    shutil.copy(here, tmp_path / "models")
    assert ModelStore(tmp_path).path("yunet").stat().st_size == YUNET.file.size


def test_a_missing_model_is_an_error_that_names_the_command(tmp_path) -> None:
    with pytest.raises(ModelMissingError, match=r"sface@2021dec .* smart-attendance models fetch"):
        ModelStore(tmp_path).path("sface")
    assert ModelStore(tmp_path).missing() == [YUNET, SFACE]


def test_an_optional_model_is_brought_by_its_name(tmp_path) -> None:
    with pytest.raises(ModelMissingError, match=r"models fetch sface-dequantised$"):
        ModelStore(tmp_path).path("sface-dequantised")


def test_a_damaged_model_is_deleted_even_when_it_was_good_before(tmp_path) -> None:
    (tmp_path / "models").mkdir()
    shutil.copy(ModelStore().path("yunet"), tmp_path / "models")
    path = ModelStore(tmp_path).path("yunet")
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(WrongChecksumError):
        ModelStore(tmp_path).path("yunet")
    assert not path.exists()


def test_the_cache_folder_can_be_chosen(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SMART_ATTENDANCE_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("SMART_ATTENDANCE_CACHE")
    assert cache_folder().name == "smart-attendance"


def test_a_closed_network_names_the_folder_its_models_come_from(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("SMART_ATTENDANCE_MODELS_FROM", raising=False)
    assert source_folder() is None
    monkeypatch.setenv("SMART_ATTENDANCE_MODELS_FROM", str(tmp_path))
    assert source_folder() == tmp_path
