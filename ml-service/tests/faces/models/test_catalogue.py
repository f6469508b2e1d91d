"""What the catalogue promises about every model it names."""

from importlib.resources import files

import pytest

from attendance_ml.faces.models import CATALOGUE, LIVENESS
from attendance_ml.faces.models.sources import Address, Package


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_model_ships_the_licence_it_names(name) -> None:
    model = CATALOGUE[name]
    title = {"MIT": "MIT License", "Apache-2.0": "Apache License"}[model.file.licence]
    text = files("attendance_ml.faces.models") / "licences" / model.licence_file
    assert title in text.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CATALOGUE)
def test_official_addresses_come_before_packages(name) -> None:
    kinds = [type(source) for source in CATALOGUE[name].file.sources]
    assert kinds == sorted(kinds, key=[Address, Package].index)
    assert set(kinds) == {Address} if CATALOGUE[name] in LIVENESS else {Address, Package} <= set(kinds)


def test_liveness_may_stay_away() -> None:
    assert all(model.optional for model in LIVENESS)
