"""What tests of the library and of the service share."""

from pathlib import Path

import pytest

from attendance_ml.faces.models import SFACE_DEQUANTISED, ModelStore


@pytest.fixture(scope="session")
def dequantised_path() -> Path:
    """The file of the second model that makes vectors; fetched only where somebody asked for it."""
    store = ModelStore()
    if not store.has(SFACE_DEQUANTISED):
        pytest.skip("the optional model is not here: smart-attendance models fetch --all")
    return store.path(SFACE_DEQUANTISED.name)
