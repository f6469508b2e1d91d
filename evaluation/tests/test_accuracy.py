"""`accuracy` and `report` on a folder as a school would have it, made from sample photos."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from attendance_evaluation.__main__ import main
from attendance_evaluation.old_engine import PYTHON
from attendance_ml.faces.models import LIVENESS, ModelStore

PEOPLE = ("Obama", "Biden")


def test_a_folder_of_people_is_measured(labelled_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    options = ["--data", str(labelled_folder), "--cache", str(tmp_path), "--resamples", "5"]
    assert main(["accuracy", *options, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    (engine,) = figures["engines"]
    assert (engine["photos"], engine["people"], engine["faces_not_found"]) == (9, 3, 1)
    assert {(row["way"], row["probe_flip"]) for row in engine["verification"]} == {
        (way, flip) for way in ("one photo", "best of 2", "mean of 3") for flip in (False, True)
    }
    assert {row["roster"] for row in engine["open_set"]} == {1}
    for row in engine["verification"]:
        assert row["area"]["rate"] > 0.8
        assert row["equal_error"]["low"] <= row["equal_error"]["rate"] <= row["equal_error"]["high"]
    assert main(["accuracy", *options]) == 0
    printed = capsys.readouterr().out
    assert "9 photos of 3 people" in printed
    assert "| mean of 3 |" in printed


def test_a_folder_without_people_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no photos of two people"):
        main(["accuracy", "--data", str(tmp_path / "nowhere"), "--cache", str(tmp_path)])


def test_a_report_is_a_page_with_plots_and_cards_and_names_nobody(labelled_folder: Path, tmp_path: Path) -> None:
    options = ["--data", str(labelled_folder), "--cache", str(tmp_path), "--resamples", "5", "--conditions"]
    for out in ("one", "two"):
        assert main(["report", *options, "--out", str(tmp_path / out)]) == 0
    written = {path.name for path in (tmp_path / "one").iterdir()}
    plots = {"roc", "det", "strangers", "by_width", "by_quality"}
    assert written == {"README.md", "yunet-2023mar.md", "sface-2021dec.md"} | {
        f"{name}.{end}" for name in plots for end in ("svg", "png")
    }
    for name in written:
        content = (tmp_path / "one" / name).read_bytes()
        assert not [person for person in (b"Obama", b"Biden", b"Nobody") if person in content]
        if name.endswith(".svg"):
            assert content == (tmp_path / "two" / name).read_bytes()
    page = (tmp_path / "one" / "README.md").read_text()
    assert all(f"]({name})" in page for name in written if not name.endswith((".png", "README.md")))


def test_the_card_of_liveness_says_what_was_measured_or_why_nothing_was(labelled_folder: Path, tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    shutil.copytree(labelled_folder, frames)
    labels = [
        f"{person}/{number}.png,{('live', 'spoof')[number % 2]},{person}" for person in PEOPLE for number in range(4)
    ]
    (frames / "labels.csv").write_text("\n".join(["image,label,subject", *labels]))
    options = ["--data", str(labelled_folder), "--cache", str(tmp_path), "--resamples", "5"]
    assert main(["report", *options, "--liveness", str(frames), "--out", str(tmp_path / "report")]) == 0
    card = (tmp_path / "report" / "minifasnet.md").read_text()
    fetched = all(ModelStore().has(model) for model in LIVENESS)
    assert ("on 4 live frames and 4 of printed photos held up, of\n`frames`, 2 people" in card) == fetched
    assert ("**Measured**: not here." in card) == (not fetched)
    assert all(model.file.sha256 in card for model in LIVENESS)


@pytest.mark.skipif(not PYTHON.exists(), reason="the old engine is not installed: make .venvs/bench/.done")
def test_the_old_engine_is_measured_on_the_same_photos(
    labelled_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    options = ["--data", str(labelled_folder), "--cache", str(tmp_path), "--resamples", "5", "--json"]
    assert main(["accuracy", *options, "--old-engine", "9"]) == 0
    everything, ours, old = json.loads(capsys.readouterr().out)["engines"]
    assert ours["photos"] == old["photos"] == everything["photos"] == 9
    assert (ours["people"], ours["engine"]) == (old["people"], "Smart Attendance")
    assert old["engine"] == "old engine (dlib)"
    similarities = [value for row in old["verification"] for value in row["similarity_at"].values()]
    assert np.all(np.array(similarities, float) <= 0)  # of dlib's vectors a similarity is a negative distance
