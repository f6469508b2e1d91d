"""Beside OpenCV, on the sample photos: the same faces, the same vectors."""

import json

import numpy as np
import pytest

from attendance_evaluation.__main__ import main
from attendance_evaluation.opencv import _paired
from attendance_ml.samples import samples_folder


def faces(*lefts: float) -> np.ndarray:
    rows = np.zeros((len(lefts), 15), np.float32)
    rows[:, 0] = lefts
    rows[:, 2:4] = 100
    return rows


def test_the_sample_photos_give_opencvs_faces_and_vectors(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["compare-opencv", "--data", str(samples_folder()), "--json"])
    figures = json.loads(capsys.readouterr().out)
    assert status == 0
    assert figures["faces"] >= 10
    assert figures["photos_with_other_faces"] == []
    assert figures["median_cosine"]["f32"] >= 0.9999
    assert figures["median_cosine"]["chosen"] >= 0.999


def test_a_folder_without_faces_proves_nothing(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare-opencv", "--data", str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["faces"] == 0


@pytest.mark.parametrize(
    ("ours", "theirs", "common", "same"),
    [
        (faces(0, 200), faces(200, 0), 2, True),
        (faces(0, 200), faces(0), 1, False),
        (faces(0), faces(0, 200), 1, False),
        (faces(0), faces(50), 0, False),
        (faces(), faces(), 0, True),
        (faces(), faces(5), 0, False),
    ],
)
def test_faces_are_paired_by_place(ours: np.ndarray, theirs: np.ndarray, common: int, same: bool) -> None:
    left, partners, all_same = _paired(ours, theirs)
    assert left[:, 0].tolist() == theirs[partners, 0].tolist()
    assert (len(left), all_same) == (common, same)
