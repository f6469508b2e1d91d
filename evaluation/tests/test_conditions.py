"""Photos made worse on purpose."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from attendance_evaluation.commands.registering import measured_engine
from attendance_evaluation.conditions import BLURS, FRAME, WIDTHS, blurred, by_condition, shrunk
from attendance_evaluation.photos import labelled_photos
from attendance_evaluation.population import embed_population
from attendance_evaluation.vectors import OwnEncoder
from attendance_ml.faces import Precision
from attendance_ml.samples import sample_photo


def test_a_shrunk_photo_stands_in_the_middle_of_a_grey_one() -> None:
    picture = np.asarray(Image.open(io.BytesIO(shrunk(Image.new("RGB", (200, 100), "red"), 0.5))))
    red = (picture == [255, 0, 0]).all(axis=2)
    rows, columns = np.nonzero(red)
    assert picture.shape == (FRAME, FRAME, 3)
    assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == (100, 50)
    assert columns.mean() == rows.mean() == (FRAME - 1) / 2
    assert (picture[~red] == 128).all()


def test_a_blurred_photo_has_less_detail_and_the_same_size() -> None:
    image = Image.open(sample_photo("astronaut.png")).convert("RGB")
    soft = Image.open(io.BytesIO(blurred(image, 3)))
    assert soft.size == image.size
    assert (
        np.abs(np.diff(np.asarray(soft, int), axis=0)).mean() < np.abs(np.diff(np.asarray(image, int), axis=0)).mean()
    )


def test_every_probe_is_counted_once_by_width_and_found_ones_by_quality(labelled_folder: Path, tmp_path: Path) -> None:
    encoder = OwnEncoder(measured_engine(Precision.F32))
    people = embed_population("samples", labelled_photos(labelled_folder), encoder, tmp_path)
    tables = by_condition(people, encoder, tmp_path, resamples=5)
    # Of each of the two people with four photos the last is the probe: as it is, shrunk, and blurred.
    widths = people.widths[[3, 7]]
    assert sum(row["faces"] for row in tables["by_width"]) == sum(1 + sum(np.array(WIDTHS) < own) for own in widths)
    found = sum(row["faces"] - row["not_found"] for row in tables["by_width"])
    assert sum(row["faces"] for row in tables["by_quality"]) == found + 2 * len(BLURS)
    assert tables["by_width"][-1]["missed"].rate == 0
