"""Photos at rest, in a folder and in a bucket."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from backend.tests.conftest import a_disk
from backend.tests.proxy import Proxy, running_proxy
from backend.tests.s3 import PAGE, S3, keys
from backend.tests.s3 import Bucket as Shown

from attendance_backend.adapters.keys import MongoVault
from attendance_backend.adapters.master_keys import only
from attendance_backend.adapters.mongo import Client
from attendance_backend.adapters.photo_bucket import Bucket
from attendance_backend.adapters.photo_folder import Folder
from attendance_backend.adapters.photos import MARK, Place, SealedPhotos
from attendance_backend.ports.keys import photo_key, student_key
from attendance_backend.ports.photos import PhotoGoneError, PhotosFull, PhotoStoreMisdescribed, PhotosUnavailable

PHOTO = b"\xff\xd8\xff a class" * 1000
LARGE = os.urandom(3_000_000)
LATER = datetime(2999, 1, 1, tzinfo=UTC)


class Ground(Protocol):
    """A place looked into past the program."""

    place: Place

    def names(self) -> set[str]: ...
    def read(self, name: str) -> bytes: ...
    def write(self, name: str, content: bytes) -> None: ...
    def remove(self, name: str) -> None: ...
    async def take_away(self) -> None: ...
    async def bring_back(self) -> None: ...


class OnDisk:
    def __init__(self, folder: Path) -> None:
        self.folder, self.away = folder, folder.with_name("away")
        self.place: Place = Folder(folder)

    def names(self) -> set[str]:
        return {file.name for file in self.folder.iterdir()}

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()

    async def take_away(self) -> None:
        self.folder.rename(self.away)
        self.folder.mkdir()  # what shows where a disk was mounted

    async def bring_back(self) -> None:
        assert self.names() == set()
        self.folder.rmdir()
        self.away.rename(self.folder)


class InBucket:
    def __init__(self, bucket: Shown, wire: Proxy) -> None:
        self.bucket, self.wire = bucket, wire
        self.place: Place = Bucket(bucket.address, seconds=15, plain_http=True)

    def names(self) -> set[str]:
        return self.bucket.names()

    def read(self, name: str) -> bytes:
        return self.bucket.read(name)

    def write(self, name: str, content: bytes) -> None:
        self.bucket.write(name, content)

    def remove(self, name: str) -> None:
        self.bucket.remove(name)

    async def take_away(self) -> None:
        self.wire.refuse()

    async def bring_back(self) -> None:
        await self.wire.start()


@pytest.fixture
async def vault(mongo: Client, database_name: str) -> AsyncIterator[MongoVault]:
    made = MongoVault(mongo, f"{database_name}_vault", only(os.urandom(96)))
    await made.prepare()
    yield made
    await made.close()


@pytest.fixture
async def on_disk(tmp_path: Path) -> OnDisk:
    made = OnDisk(tmp_path / "photos")
    await made.place.prepare()
    return made


@pytest.fixture
async def in_bucket(s3: S3, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[InBucket]:
    async with running_proxy(s3.port) as wire:
        for name, value in keys(wire.port).items():
            monkeypatch.setenv(name, value)
        made = InBucket(s3.bucket(), wire)
        await made.place.prepare()
        yield made


@pytest.fixture(params=["on_disk", "in_bucket"])
def ground(request: pytest.FixtureRequest) -> Ground:
    """Each of the places in turn, empty and in use."""
    made: Ground = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def photos(ground: Ground, vault: MongoVault) -> SealedPhotos:
    return SealedPhotos(ground.place, vault)


def lying(ground: Ground) -> set[str]:
    """The names of what is a photo."""
    return ground.names() - {MARK}


async def test_a_photo_comes_back_as_it_was_and_is_noise_where_it_lies(photos: SealedPhotos, ground: Ground) -> None:
    await photos.put("one", PHOTO)

    assert await photos.get("one") == PHOTO
    assert b"a class" not in ground.read("one")


async def test_a_copy_of_a_photo_can_not_be_read_once_its_key_is_destroyed(
    photos: SealedPhotos, vault: MongoVault, ground: Ground
) -> None:
    await photos.put("one", PHOTO)
    copy = ground.read("one")

    await photos.destroy("one")

    assert lying(ground) == set()
    ground.write("one", copy)
    await vault.encrypt(photo_key("one"), "a new key of the same name")
    with pytest.raises(PhotoGoneError):
        await photos.get("one")


async def test_one_photo_can_not_be_passed_off_as_another(photos: SealedPhotos, ground: Ground) -> None:
    await photos.put("one", PHOTO)
    ground.write("two", ground.read("one"))

    with pytest.raises(PhotoGoneError):
        await photos.get("two")


async def test_what_was_never_kept_is_gone_and_may_be_destroyed_again(photos: SealedPhotos) -> None:
    await photos.destroy("never")

    with pytest.raises(PhotoGoneError):
        await photos.get("never")


async def test_an_upright_jpeg_lies_beside_its_photo_and_is_noise_as_well(photos: SealedPhotos, ground: Ground) -> None:
    await photos.put("one", PHOTO)

    await photos.put_upright("one", b"upright")
    await photos.put_upright("one", b"upright, once more")

    assert (await photos.get("one"), await photos.get_upright("one")) == (PHOTO, b"upright, once more")
    assert lying(ground) == {"one", "one.upright"}
    assert b"upright" not in ground.read("one.upright")


async def test_photo_and_upright_jpeg_are_destroyed_together(
    photos: SealedPhotos, vault: MongoVault, ground: Ground
) -> None:
    await photos.put("one", PHOTO)
    await photos.put_upright("one", b"upright")
    copies = {name: ground.read(name) for name in lying(ground)}

    await photos.destroy("one")

    assert lying(ground) == set()
    for name, content in copies.items():
        ground.write(name, content)
    await vault.encrypt(photo_key("one"), "a new key of the same name")
    with pytest.raises(PhotoGoneError):
        await photos.get_upright("one")
    with pytest.raises(PhotoGoneError):
        await photos.put_upright("one", b"too late")


async def test_no_upright_jpeg_is_kept_of_a_photo_that_is_gone(
    photos: SealedPhotos, vault: MongoVault, ground: Ground
) -> None:
    with pytest.raises(PhotoGoneError):
        await photos.put_upright("never", b"upright")
    with pytest.raises(PhotoGoneError):
        await photos.get_upright("never")

    assert lying(ground) == set()


async def test_a_photo_and_its_upright_jpeg_can_not_be_exchanged(photos: SealedPhotos, ground: Ground) -> None:
    await photos.put("one", PHOTO)
    await photos.put_upright("one", b"upright")
    ground.write("one", ground.read("one.upright"))

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


async def test_a_place_that_is_away_is_not_taken_for_photos_that_are_gone(photos: SealedPhotos, ground: Ground) -> None:
    await photos.put("one", PHOTO)
    await ground.take_away()

    asked = (photos.get("one"), photos.put("two", PHOTO), photos.destroy("other"), photos.lying_since(LATER))
    for refused in (*asked, photos.in_reach()):
        with pytest.raises(PhotosUnavailable):
            await refused

    await ground.bring_back()
    assert await photos.in_reach()
    assert await photos.get("one") == PHOTO
    assert await photos.lying_since(LATER) == ["one"]


async def test_no_copy_is_made_where_the_mark_is_not(photos: SealedPhotos, ground: Ground) -> None:
    await photos.put("one", PHOTO)
    before = await ground.place.names()

    for name in ("one", MARK):
        ground.remove(name)

    assert before == ["one"]
    for refused in (ground.place.names(), ground.place.read("one"), photos.get("one"), photos.lying()):
        with pytest.raises(PhotosUnavailable):
            await refused


async def test_objects_are_copied_as_they_lie_and_a_missing_one_is_told(photos: SealedPhotos, ground: Ground) -> None:
    await photos.put("one", LARGE)
    as_it_lies = await ground.place.read("one")

    await photos.destroy("one")
    await ground.place.write("copy", as_it_lies)

    assert ground.read("copy") == as_it_lies
    with pytest.raises(FileNotFoundError):
        await ground.place.read("one")


async def test_more_photos_than_a_page_of_a_list_holds_are_all_found(in_bucket: InBucket) -> None:
    names = [f"{number:04}" for number in range(5 * PAGE)]
    for name in names:
        in_bucket.write(name, b"-")

    assert await in_bucket.place.names() == names
    assert await in_bucket.place.written_before(LATER) == set(names)
    assert await in_bucket.place.written_before(datetime.now(UTC) - timedelta(days=1)) == set()


async def test_a_bucket_with_things_of_others_is_left_alone(s3: S3, in_bucket: InBucket, vault: MongoVault) -> None:
    theirs = s3.bucket()
    theirs.write("a letter", b"-")
    photos = SealedPhotos(Bucket(theirs.address, seconds=15, plain_http=True), vault)

    for refused in (photos.in_reach(), photos.put("one", PHOTO), photos.lying(), photos.lying_since(LATER)):
        with pytest.raises(PhotosUnavailable):
            await refused

    assert theirs.names() == {"a letter"}


async def test_a_bucket_that_is_away_at_first_is_marked_when_a_photo_comes(
    in_bucket: InBucket, vault: MongoVault
) -> None:
    in_bucket.remove(MARK)
    late = Bucket(in_bucket.bucket.address, seconds=15, plain_http=True)
    await in_bucket.take_away()
    await late.prepare()
    await in_bucket.bring_back()

    await SealedPhotos(late, vault).put("one", PHOTO)

    assert in_bucket.names() == {"one", MARK}


async def test_nothing_is_sent_over_plain_http_unless_it_is_allowed(
    in_bucket: InBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    place = Bucket(in_bucket.bucket.address, seconds=15, plain_http=False)

    with pytest.raises(PhotosUnavailable):
        await place.write("one", PHOTO)

    assert lying(in_bucket) == set()


def test_a_store_that_the_environment_does_not_describe_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)

    with pytest.raises(PhotoStoreMisdescribed, match=r"Account must be specified$"):
        Bucket("az://photos/school", seconds=15, plain_http=False)


async def test_a_photo_that_can_not_be_written_is_out_of_reach_and_leaves_no_key(
    on_disk: OnDisk, vault: MongoVault
) -> None:
    (on_disk.folder / "one").mkdir()  # in the file's place: nobody may write there, not even root
    (on_disk.folder / "one" / "anything").touch()

    with pytest.raises(PhotosUnavailable):
        await SealedPhotos(on_disk.place, vault).put("one", PHOTO)

    sealed = await vault.encrypt(photo_key("other"), "what another key seals")
    assert not await vault.can_open(photo_key("one"), sealed)
    assert lying(on_disk) == {"one"}


async def test_what_a_crash_left_half_written_is_found_and_removed_with_its_key(
    on_disk: OnDisk, vault: MongoVault
) -> None:
    photos = SealedPhotos(on_disk.place, vault)
    sealed = await vault.encrypt(photo_key("cut-short"), "the content key")
    on_disk.write("cut-short#1", PHOTO)
    on_disk.write("cut-short.upright#1", PHOTO)

    assert await photos.lying_since(LATER) == ["cut-short"]
    await photos.destroy("cut-short")

    assert lying(on_disk) == set()
    assert not await vault.can_open(photo_key("cut-short"), sealed)


async def test_on_a_full_disk_a_photo_is_kept_whole_or_not_at_all(vault: MongoVault, tmp_path: Path) -> None:
    with a_disk(tmp_path / "photos", "1m") as more_room:
        disk = OnDisk(tmp_path / "photos")
        await disk.place.prepare()
        photos = SealedPhotos(disk.place, vault)
        await photos.put("small", PHOTO)

        with pytest.raises(PhotosFull):
            await photos.put("large", LARGE)

        assert lying(disk) == {"small"}
        assert await photos.get("small") == PHOTO
        more_room("8m")
        await photos.put("large", LARGE)
        assert await photos.get("large") == LARGE
