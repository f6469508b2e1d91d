"""Class photos at rest."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backend.tests.conftest import a_disk, photos_in

from attendance_backend.adapters.keys import MongoVault
from attendance_backend.adapters.master_keys import only
from attendance_backend.adapters.mongo import Client
from attendance_backend.adapters.photos import MARK, LyingPhotos, SealedPhotos
from attendance_backend.ports.keys import photo_key, student_key
from attendance_backend.ports.photos import PhotoGoneError, PhotosFull, PhotosUnavailable

PHOTO = b"\xff\xd8\xff a class" * 1000
LARGE = os.urandom(3_000_000)
LATER = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
async def vault(mongo: Client, database_name: str) -> AsyncIterator[MongoVault]:
    made = MongoVault(mongo, f"{database_name}_vault", only(os.urandom(96)))
    await made.prepare()
    yield made
    await made.close()


@pytest.fixture
def photos(tmp_path: Path, vault: MongoVault) -> SealedPhotos:
    return SealedPhotos(tmp_path / "photos", vault)


def lying(home: Path) -> set[str]:
    """The names of the files that are photos."""
    return {file.name for file in photos_in(home)}


async def test_a_photo_comes_back_as_it_was_and_is_noise_on_the_disk(photos: SealedPhotos, tmp_path: Path) -> None:
    await photos.put("one", PHOTO)

    assert await photos.get("one") == PHOTO
    assert b"a class" not in (tmp_path / "photos" / "one").read_bytes()


async def test_a_copy_of_a_photo_can_not_be_read_once_its_key_is_destroyed(
    photos: SealedPhotos, vault: MongoVault, tmp_path: Path
) -> None:
    await photos.put("one", PHOTO)
    copy = (tmp_path / "photos" / "one").read_bytes()

    await photos.destroy("one")

    assert lying(tmp_path) == set()
    (tmp_path / "photos" / "one").write_bytes(copy)
    await vault.encrypt(photo_key("one"), "a new key of the same name")
    with pytest.raises(PhotoGoneError):
        await photos.get("one")


async def test_one_photo_can_not_be_passed_off_as_another(photos: SealedPhotos, tmp_path: Path) -> None:
    await photos.put("one", PHOTO)
    (tmp_path / "photos" / "two").write_bytes((tmp_path / "photos" / "one").read_bytes())

    with pytest.raises(PhotoGoneError):
        await photos.get("two")


async def test_what_was_never_kept_is_gone_and_may_be_destroyed_again(photos: SealedPhotos) -> None:
    await photos.destroy("never")

    with pytest.raises(PhotoGoneError):
        await photos.get("never")


async def test_an_upright_jpeg_lies_beside_its_photo_and_is_noise_as_well(photos: SealedPhotos, tmp_path: Path) -> None:
    await photos.put("one", PHOTO)

    await photos.put_upright("one", b"upright")
    await photos.put_upright("one", b"upright, once more")

    assert (await photos.get("one"), await photos.get_upright("one")) == (PHOTO, b"upright, once more")
    assert lying(tmp_path) == {"one", "one.upright"}
    assert b"upright" not in (tmp_path / "photos" / "one.upright").read_bytes()


async def test_photo_and_upright_jpeg_are_destroyed_together(
    photos: SealedPhotos, vault: MongoVault, tmp_path: Path
) -> None:
    await photos.put("one", PHOTO)
    await photos.put_upright("one", b"upright")
    copies = {tmp_path / "photos" / name: (tmp_path / "photos" / name).read_bytes() for name in lying(tmp_path)}

    await photos.destroy("one")

    assert lying(tmp_path) == set()
    for file, content in copies.items():
        file.write_bytes(content)
    await vault.encrypt(photo_key("one"), "a new key of the same name")
    with pytest.raises(PhotoGoneError):
        await photos.get_upright("one")
    with pytest.raises(PhotoGoneError):
        await photos.put_upright("one", b"too late")


async def test_no_upright_jpeg_is_kept_of_a_photo_that_is_gone(
    photos: SealedPhotos, vault: MongoVault, tmp_path: Path
) -> None:
    with pytest.raises(PhotoGoneError):
        await photos.put_upright("never", b"upright")
    with pytest.raises(PhotoGoneError):
        await photos.get_upright("never")

    assert lying(tmp_path) == set()


async def test_a_photo_and_its_upright_jpeg_can_not_be_exchanged(photos: SealedPhotos, tmp_path: Path) -> None:
    await photos.put("one", PHOTO)
    await photos.put_upright("one", b"upright")
    (tmp_path / "photos" / "one").write_bytes((tmp_path / "photos" / "one.upright").read_bytes())

    with pytest.raises(PhotoGoneError):
        await photos.get("one")


async def test_a_key_whose_photo_was_never_written_lies_about_like_a_photo(
    photos: SealedPhotos, vault: MongoVault
) -> None:
    """A process may die between the two."""
    await photos.put("written", PHOTO)
    await vault.encrypt(photo_key("key alone"), b"a content key")
    await vault.encrypt(student_key("somebody"), b"a vector")
    soon = datetime.now(UTC) + timedelta(minutes=1)

    lying = await photos.lying_since(soon)
    for photo in lying:
        await photos.destroy(photo)

    assert lying == ["key alone", "written"]
    assert await photos.lying_since(soon) == []


async def test_a_folder_that_was_taken_away_is_not_taken_for_photos_that_are_gone(
    photos: SealedPhotos, tmp_path: Path
) -> None:
    await photos.put("one", PHOTO)
    away = (tmp_path / "photos").rename(tmp_path / "away")
    (tmp_path / "photos").mkdir()  # what shows where a disk was mounted

    for refused in (photos.get("one"), photos.put("two", PHOTO), photos.destroy("one"), photos.lying_since(LATER)):
        with pytest.raises(PhotosUnavailable):
            await refused

    assert list((tmp_path / "photos").iterdir()) == []
    (tmp_path / "photos").rmdir()
    away.rename(tmp_path / "photos")
    await photos.put("one", PHOTO)
    assert await photos.get("one") == PHOTO
    assert await photos.lying_since(LATER) == ["one"]


async def test_no_copy_is_made_without_the_photos_of_a_disk_that_was_taken_away(
    photos: SealedPhotos, tmp_path: Path
) -> None:
    await photos.put("one", PHOTO)
    folder = tmp_path / "photos"
    as_they_lie = LyingPhotos(folder)
    before = await as_they_lie.names()

    for file in ("one", MARK):
        (folder / file).unlink()

    assert before == ["one"]
    with pytest.raises(PhotosUnavailable):
        await as_they_lie.names()
    with pytest.raises(PhotosUnavailable):
        await as_they_lie.read("one")


async def test_a_photo_that_can_not_be_written_is_out_of_reach_and_leaves_no_key(
    photos: SealedPhotos, vault: MongoVault, tmp_path: Path
) -> None:
    (tmp_path / "photos" / "one").mkdir()  # in the file's place: nobody may write there, not even root
    (tmp_path / "photos" / "one" / "anything").touch()

    with pytest.raises(PhotosUnavailable):
        await photos.put("one", PHOTO)

    sealed = await vault.encrypt(photo_key("other"), "what another key seals")
    assert not await vault.can_open(photo_key("one"), sealed)
    assert lying(tmp_path) == {"one"}


async def test_what_a_crash_left_half_written_is_found_and_removed_with_its_key(
    photos: SealedPhotos, vault: MongoVault, tmp_path: Path
) -> None:
    sealed = await vault.encrypt(photo_key("cut-short"), "the content key")
    (tmp_path / "photos" / "cut-short#1").write_bytes(PHOTO)
    (tmp_path / "photos" / "cut-short.upright#1").write_bytes(PHOTO)

    assert await photos.lying_since(LATER) == ["cut-short"]
    await photos.destroy("cut-short")

    assert lying(tmp_path) == set()
    assert not await vault.can_open(photo_key("cut-short"), sealed)


async def test_on_a_full_disk_a_photo_is_kept_whole_or_not_at_all(vault: MongoVault, tmp_path: Path) -> None:
    with a_disk(tmp_path / "photos", "1m") as more_room:
        photos = SealedPhotos(tmp_path / "photos", vault)
        await photos.put("small", PHOTO)

        with pytest.raises(PhotosFull):
            await photos.put("large", LARGE)

        assert lying(tmp_path) == {"small"}
        assert await photos.get("small") == PHOTO
        more_room("8m")
        await photos.put("large", LARGE)
        assert await photos.get("large") == LARGE
