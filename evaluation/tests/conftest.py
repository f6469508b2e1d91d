"""Where the photos for developing lie (a fresh clone has none of them), and people who are made up."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attendance_evaluation.population import Population
from attendance_ml.faces.embed import to_unit_length


@pytest.fixture(scope="session")
def data() -> Path:
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no photos in ../{folder.parent.name}/{folder.name}")
    return folder


@pytest.fixture(scope="session")
def population() -> Callable[..., Population]:
    return made_up


def made_up(people: int, photos: int, spread: float = 0.5, unseen: int = 0) -> Population:
    """Random faces: each photo is its person's direction plus noise, each mirror image nearly the same.

    Of the first person there are `unseen` photos more in which nobody was found.
    """
    rng = np.random.default_rng(0)
    persons = np.repeat(np.arange(people), photos)
    centres = rng.normal(size=(people, 128))
    plain = to_unit_length((centres[persons] + spread * rng.normal(size=(len(persons), 128))).astype(np.float32))
    flipped = to_unit_length((plain + 0.01 * rng.normal(size=plain.shape)).astype(np.float32))
    return Population(
        name="made up",
        paths=[Path(f"p{person}/{index}.jpg") for index, person in enumerate(persons)],
        names=[f"p{person}" for person in range(people)],
        persons=persons,
        plain=plain,
        flipped=flipped,
        widths=np.full(len(persons), 100.0),
        qualities=np.ones(len(persons)),
        unseen=np.zeros(unseen, np.intp),
    )
