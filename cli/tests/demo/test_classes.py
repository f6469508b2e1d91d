"""What the demo believes about a class, from the files it is given."""

import os

import pytest

from attendance_cli.demo.classes import KnownFace, NoClassError, own_class


@pytest.fixture
def folder(tmp_path):
    for file in (
        "people/Ada/1.jpg",
        "people/Ada/2.PNG",
        "people/Ada/notes.txt",
        "people/Bo/1.jpeg",
        "people/Bo/2.heic",
        "class.jpg",
    ):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file)
    return tmp_path


def test_a_folder_per_person_makes_a_class(folder) -> None:
    people = own_class(folder / "people", folder / "class.jpg").people
    assert {person.name: [photo.name for photo in person.photos] for person in people} == {
        "Ada": ["1.jpg", "2.PNG"],
        "Bo": ["1.jpeg", "2.heic"],
    }


def test_a_person_is_enrolled_with_five_photos_at_most(folder) -> None:
    for number in range(3, 9):
        (folder / f"people/Ada/{number}.jpg").write_text(str(number))
    assert len(own_class(folder / "people", folder / "class.jpg").people[0].photos) == 5


def test_odd_names_are_made_readable_and_a_folder_is_no_photo(folder) -> None:
    odd = folder / "people" / os.fsdecode(b" Cleo \xf6 ")
    for path in (odd, folder / "people/Ada/0.jpg"):
        path.mkdir()
    (odd / "1.jpg").write_text("photo")
    people = own_class(folder / "people", folder / "class.jpg")
    assert [person.name for person in people.people] == ["Cleo \N{REPLACEMENT CHARACTER}", "Ada", "Bo"]
    assert [photo.name for photo in people.people[1].photos] == ["1.jpg", "2.PNG"]
    assert people.class_code


def test_its_code_is_that_of_its_photos_and_people(folder) -> None:
    people = own_class(folder / "people", folder / "class.jpg")
    once = (people.people_code, people.class_code)
    assert (people.people_code, people.class_code) == once
    (folder / "class.jpg").write_text("another class photo")
    assert people.people_code == once[0]
    assert people.class_code != once[1]
    (folder / "people/Bo/1.jpeg").write_text("another photo")
    assert people.people_code != once[0]


def test_what_is_no_class_is_said_so(folder, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    for people, photo, message in (
        (folder / "people", folder / "gone.jpg", "no photo"),
        (folder / "gone", folder / "class.jpg", "no folder"),
        (tmp_path / "empty", folder / "class.jpg", "one folder per person"),
    ):
        with pytest.raises(NoClassError, match=message):
            own_class(people, photo)


def test_a_known_face_is_recognised_by_its_middle() -> None:
    face = KnownFace("a.jpg", "Ada", left=100, top=100, right=200, bottom=220)
    assert face.is_at({"left": 110, "top": 90, "right": 190, "bottom": 230})
    assert not face.is_at({"left": 300, "top": 90, "right": 400, "bottom": 230})
