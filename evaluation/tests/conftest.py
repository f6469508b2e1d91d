"""Where the photos for developing lie (a fresh clone has none of them), and people who are made up."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from attendance_evaluation.population import Population
from attendance_ml.faces.embed import to_unit_length
from attendance_ml.samples import sample_photo


@pytest.fixture(scope="session")
def data() -> Path:
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no photos in ../{folder.parent.name}/{folder.name}")
    return folder


@pytest.fixture(scope="session")
def population() -> Callable[..., Population]:
    return made_up


@pytest.fixture(scope="session")
def labelled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photos of one person and of another, some of them the same in another light, and one without a face."""
    folder = tmp_path_factory.mktemp("school")
    first, second = small("obama.jpg"), small("biden.jpg")
    people = {
        "Obama": [first, small("obama2.jpg"), small("obama3.jpg"), ImageEnhance.Brightness(first).enhance(0.8)],
        "Biden": [
            second,
            ImageEnhance.Brightness(second).enhance(0.8),
            ImageEnhance.Contrast(second).enhance(1.2),
            ImageOps.mirror(second),
        ],
        "Nobody": [small("coffee.png")],
    }
    for person, images in people.items():
        (folder / person).mkdir()
        for number, image in enumerate(images):
            image.save(folder / person / f"{number}.png")
    return folder


def small(name: str) -> Image.Image:
    """A sample photo with a face of some 100 pixels, so that much can be measured in little time."""
    image = Image.open(sample_photo(name)).convert("RGB")
    image.thumbnail((320, 320))
    return image


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
