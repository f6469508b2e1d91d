"""Where the photos for developing lie; a fresh clone has none of them."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no photos in ../{folder.parent.name}/{folder.name}")
    return folder
