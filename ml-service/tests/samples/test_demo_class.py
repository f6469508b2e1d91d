"""The demo's class is what its manifest says: files, people, and who is missing or a stranger."""

import json

import pytest
from PIL import Image

from attendance_ml.samples import SAMPLES
from attendance_ml.samples.demo_class import write_demo_class


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def manifest(folder):
    return json.loads(write_demo_class(folder).read_text(encoding="utf-8"))


def test_every_file_it_names_is_there(folder, manifest) -> None:
    files = [photo["file"] for person in manifest["people"] for photo in person["photos"]]
    sizes = []
    for file in [*files, manifest["class_photo"]["file"]]:
        with Image.open(folder / file) as image:
            sizes.append(image.size)
    assert sizes[-1] == (1920, 1280)
    assert len(sizes) == len(set(files)) + 1


def test_every_photo_is_enrolled_under_the_name_of_the_person_on_it(manifest) -> None:
    claims = {(person["name"], photo["picture"]) for person in manifest["people"] for photo in person["photos"]}
    assert claims == {(SAMPLES[picture].person, picture) for _, picture in claims}


def test_one_enrolled_person_is_absent_and_one_face_is_a_stranger(manifest) -> None:
    enrolled = {person["name"] for person in manifest["people"]}
    on_photo = [face["person"] for face in manifest["class_photo"]["faces"]]
    assert len(enrolled - set(on_photo)) == 1
    assert sum(person not in enrolled for person in on_photo) == 1


def test_one_face_at_least_comes_from_a_picture_that_is_not_enrolled(manifest) -> None:
    enrolled = {photo["picture"] for person in manifest["people"] for photo in person["photos"]}
    names = {person["name"] for person in manifest["people"]}
    fresh = [f for f in manifest["class_photo"]["faces"] if f["person"] in names and f["picture"] not in enrolled]
    assert [face["picture"] for face in fresh] == ["obama3.jpg"]
