"""Labelled folders: whose each photo is."""

from pathlib import Path

import pytest

from attendance_evaluation.photos import LabelledPhoto, labelled_photos, listed_pairs, sample


def school(folder: Path, counts: dict[str, int]) -> Path:
    for person, photos in counts.items():
        (folder / person).mkdir(parents=True)
        for number in range(photos):
            (folder / person / f"{number}.JPG").touch()
    return folder


def test_a_folder_a_person_is_all_it_takes(tmp_path: Path) -> None:
    school(tmp_path, {"one": 2, "two": 1})
    (tmp_path / "one" / "notes.txt").touch()
    (tmp_path / "readme.md").touch()
    assert [(photo.person, photo.path.name) for photo in labelled_photos(tmp_path)] == [
        ("one", "0.JPG"),
        ("one", "1.JPG"),
        ("two", "0.JPG"),
    ]
    assert listed_pairs(tmp_path) == []


def test_people_may_lie_in_a_folder_of_images_with_a_list_of_pairs(tmp_path: Path) -> None:
    school(tmp_path / "images", {"one": 1, "two": 1})
    (tmp_path / "pairs.csv").write_text("image_a,image_b,same_person\nimages/one/0.JPG,images/two/0.JPG,0\n")
    photos = labelled_photos(tmp_path)
    (pair,) = listed_pairs(tmp_path)
    assert [photo.person for photo in photos] == ["one", "two"]
    assert (pair.one, pair.other, pair.same) == (photos[0].path, photos[1].path, False)


def test_one_person_alone_can_be_mistaken_for_nobody(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="two people"):
        labelled_photos(school(tmp_path, {"one": 3}))


def test_a_sample_holds_whole_people_most_of_them_fit_for_a_roster() -> None:
    photos = [
        LabelledPhoto(Path(f"{person}/{number}"), str(person))
        for person in range(90)
        for number in range(person % 6 + 1)
    ]
    chosen = sample(photos, 100)
    assert 95 <= len(chosen) <= 100
    assert sample(photos, 100) == chosen
    own = {person: [photo for photo in chosen if photo.person == person] for person in {c.person for c in chosen}}
    assert all(len(taken) == int(person) % 6 + 1 for person, taken in own.items())
    assert sum(len(taken) for taken in own.values() if len(taken) >= 4) >= 65
    assert sample(photos, 10_000) == photos
