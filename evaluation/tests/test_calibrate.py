"""Calibration files: which population sets a rate, and that the shipped ones can be made again."""

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from attendance_evaluation.calibrate import calibrate, strictest_pairs, write
from attendance_evaluation.photos import LabelledPhoto, lfw_photos, webcam_photos
from attendance_evaluation.population import Population, embed_population
from attendance_evaluation.vectors import OwnEncoder, central_face
from attendance_ml.faces import Photo, decode_image, load_engine
from attendance_ml.faces.embed import to_unit_length
from attendance_ml.faces.models import ModelStore
from attendance_ml.samples import sample_photo


def population(name: str, people: int, alike: float) -> Population:
    """Made-up people who share so much of one direction."""
    rng = np.random.default_rng(0)
    persons = np.repeat(np.arange(people), 5)
    centres = to_unit_length(rng.normal(size=(people, 128)).astype(np.float32)) + alike * np.eye(128)[0]
    plain = to_unit_length((centres[persons] + 0.03 * rng.normal(size=(len(persons), 128))).astype(np.float32))
    return Population(
        name=name,
        paths=[Path(f"{person}_{index}.jpg") for index, person in enumerate(persons)],
        names=[f"p{person}" for person in range(people)],
        persons=persons,
        plain=plain,
        flipped=plain,
        widths=np.full(len(persons), 100.0),
        qualities=np.ones(len(persons)),
        unseen=np.empty(0, np.intp),
    )


def test_the_strictest_population_with_evidence_enough_sets_each_rate() -> None:
    large, small = population("large", 300, alike=0.2), population("small", 8, alike=0.8)
    content = calibrate([large, small], "sface@2021dec", probe_flip=False)
    for curve in content["curves"].values():
        assert curve["set_by"] == {"1e-5": "large", "1e-3": "large", "0.5": "small"}
        cosines = curve["cosine_at"]
        assert cosines["1e-5"] >= cosines["1e-3"]
        assert [figures["people"] for figures in curve["measured"]] == [300, 8]


def test_a_file_is_named_after_model_and_flip(tmp_path: Path) -> None:
    path = write({"model": "m@1", "probe_flip": True, "curves": {}}, tmp_path)
    assert path.name == "m@1.flip.json"
    assert json.loads(path.read_text())["model"] == "m@1"


def test_the_strictest_pairs_are_of_different_people() -> None:
    people = population("made up", 20, alike=0.5)
    pairs = strictest_pairs(people)
    assert len(pairs) == 10
    assert pairs == sorted(pairs, reverse=True)
    assert all(one.split("_")[0] != other.split("_")[0] for _, one, other in pairs)


def test_vectors_are_kept_and_photos_without_a_face_left_out(tmp_path: Path) -> None:
    store = ModelStore()
    engine = load_engine({name: store.path(name) for name in ("yunet", "sface")}, threads=2)
    photos = [LabelledPhoto(sample_photo(name), name[:5]) for name in ("obama.jpg", "obama2.jpg", "coffee.png")]
    first = embed_population("samples", photos, OwnEncoder(engine), tmp_path)
    again = embed_population("samples", photos, OwnEncoder(engine), tmp_path)
    assert (len(first.paths), first.names, first.unseen.tolist()) == (2, ["coffe", "obama"], [0])
    assert first.plain[0] @ first.plain[1] > 0.5
    assert (first.plain[0] @ first.flipped[0]) > 0.9
    np.testing.assert_array_equal(first.plain, again.plain)
    assert len(list(tmp_path.rglob("*.npy"))) == len(photos)


def test_the_face_in_the_middle_is_the_person_meant() -> None:
    store = ModelStore()
    engine = load_engine({name: store.path(name) for name in ("yunet", "sface")}, threads=2)
    hopper = decode_image(sample_photo("grace_hopper.jpg").read_bytes()).pixels
    three = Photo(np.concatenate([hopper, hopper, hopper], axis=1))
    faces = engine.detect(three, min_face_size=12, min_face_area_ratio=0)
    assert len(faces) == 3
    assert central_face(three, faces) is faces[1]
    assert central_face(three, []) is None


@pytest.mark.data
def test_the_photos_at_hand_are_all_read(data: Path) -> None:
    lfw, webcam = lfw_photos(data / "lfw-view1"), webcam_photos(data / "spoof-nuaa-train")
    assert (len(lfw), len({photo.person for photo in lfw})) == (1880, 963)
    assert (len(webcam), len({photo.person for photo in webcam})) == (150, 6)


def test_the_shipped_files_name_their_photos() -> None:
    folder = files("attendance_ml.faces") / "calibrations"
    for name in ("sface@2021dec.plain.json", "sface@2021dec.flip.json"):
        content = json.loads((folder / name).read_text())
        for curve in content["curves"].values():
            assert [figures["population"] for figures in curve["measured"]] == ["lfw-view1", "spoof-nuaa-train"]
