"""Backups that build on earlier ones: each has what lay there when it was made, and none is taken for another."""

import base64
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backend.tests import first_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance_backend.adapters.backup_files import SealedFiles
from attendance_backend.adapters.mongo import Client
from attendance_backend.adapters.photo_folder import Folder
from attendance_backend.domains.backups.errors import BackupApart, BackupGoesOn, BackupMissing, BackupUnreadable
from attendance_backend.domains.backups.repository import CopyRepository
from attendance_backend.domains.backups.schemas import Backup
from attendance_backend.domains.backups.service import BackupService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.ports.backups import PartKind

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NAMES = st.sampled_from([f"photo-{number}" for number in range(6)])
DAYS = st.lists(st.tuples(st.sets(NAMES), st.sets(NAMES)), min_size=1, max_size=5)
"""Which photos are written, and which are erased, between one backup and the next."""


class Place:
    """An installation with a folder of photos and one of backups, and its clock."""

    def __init__(self, folder: Path, mongo: Client, name: str) -> None:
        self.photos, self.kept = folder / "photos", folder / "kept"
        rows = CopyRepository(mongo[name], frozenset())
        self.files = SealedFiles(lambda: first_format.KEY)
        self.service = BackupService(rows, rows, Folder(self.photos), self.files, "1.0", self)
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    def write(self, name: str, content: str) -> None:
        (self.photos / name).write_text(content)
        os.utime(self.photos / name, (self.moment.timestamp(),) * 2)

    @property
    def lying(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.photos.iterdir() if path.name.startswith("photo-")}

    async def back_up(self, name: str, since: str | None = None) -> Backup:
        self.moment += timedelta(hours=1)
        made = await self.service.back_up(SYSTEM, self.kept / name, 1, self.kept / since if since else None)
        self.moment += timedelta(hours=1)
        return made

    def told_by(self, name: str) -> dict[str, bytes]:
        """The photos that a backup and what it builds on come to."""
        chain = self.service.chain(self.kept / name)
        parts = [part for one in chain for part in self.service.parts(one.path)]
        return {
            part.name: part.content for part in parts if part.kind is PartKind.OBJECT and part.name in chain[-1].photos
        }

    def copied(self, name: str, to: str) -> None:
        shutil.copy(self.kept / name, self.kept / to)


@pytest.fixture
def place(tmp_path: Path, mongo: Client, database_name: str) -> Place:
    return Place(tmp_path, mongo, database_name)


@given(days=DAYS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_each_of_a_chain_has_the_photos_that_lay_there_then(days, tmp_path, mongo, database_name) -> None:
    shutil.rmtree(tmp_path)
    place, lay, before = Place(tmp_path, mongo, database_name), [], None
    for day, (written, erased) in enumerate(days):
        for name in written:
            place.write(name, f"{name} of day {day}")
        for name in erased & place.lying.keys():
            (place.photos / name).unlink()
        made = await place.back_up(f"{day}", before)
        lay.append(place.lying)
        before = f"{day}"
        assert made.here == {*place.lying} & written, "what was written since, and no other"
    for day, photos in enumerate(lay):
        assert place.told_by(f"{day}") == photos


async def test_a_photo_is_in_one_backup_of_a_chain_only(place: Place) -> None:
    place.write("photo-0", "the first")
    await place.back_up("whole")
    place.write("photo-1", "the second")
    second = await place.back_up("second", "whole")
    third = await place.back_up("third", "second")

    assert (second.here, second.elsewhere) == ({"photo-1"}, {"photo-0"})
    assert (third.here, third.elsewhere) == (set(), {"photo-0", "photo-1"})
    assert [one.path.name for one in place.service.chain(place.kept / "third")] == ["whole", "second", "third"]


async def test_what_one_builds_on_has_to_lie_beside_it_and_be_the_one_that_is_meant(place: Place) -> None:
    place.write("photo-0", "the first")
    await place.back_up("whole")
    await place.back_up("second", "whole")
    await place.back_up("third", "second")
    (place.kept / "second").rename(place.kept / "away")

    with pytest.raises(BackupMissing, match="builds on second, which does not lie beside it"):
        place.service.chain(place.kept / "third")
    with pytest.raises(BackupMissing, match="second"):
        await place.back_up("fourth", "third")
    place.copied("whole", "second")
    with pytest.raises(BackupMissing, match="builds on another second"):
        place.service.chain(place.kept / "third")
    with pytest.raises(BackupMissing, match="builds on another second"):
        await place.back_up("fourth", "third")
    with pytest.raises(BackupApart):
        await place.back_up("elsewhere/fourth", "whole")
    with pytest.raises(BackupUnreadable, match="There is no"):
        await place.back_up("fourth", "nowhere")
    assert {one.name for one in place.kept.iterdir()} == {"whole", "second", "third", "away"}


async def test_a_damaged_byte_of_what_it_builds_on_is_seen(place: Place) -> None:
    place.write("photo-0", "the first" * 1000)
    await place.back_up("whole")
    await place.back_up("second", "whole")
    content = bytearray((place.kept / "whole").read_bytes())
    content[len(content) // 2] ^= 1
    (place.kept / "whole").write_bytes(content)

    with pytest.raises(BackupUnreadable, match="whole can't be used"):
        place.service.chain(place.kept / "second")


async def test_one_of_the_first_format_is_whole_and_none_is_built_on_it(place: Place) -> None:
    place.kept.mkdir()
    (place.kept / "old").write_bytes(base64.b64decode(first_format.CONTENT))

    (old,) = place.service.chain(place.kept / "old")
    name, _ = first_format.PHOTO
    assert (old.photos, old.elsewhere) == ({name}, set())
    with pytest.raises(BackupUnreadable, match="make a whole backup first"):
        await place.back_up("second", "old")


async def into(place: Place, *, whole: bool = False) -> Backup:
    place.moment += timedelta(days=1)
    backup, _ = await place.service.back_up_into(SYSTEM, place.kept, 1, whole=whole)
    return backup


async def test_of_three_weeks_of_backups_into_a_folder_seven_and_what_they_need_are_left(place: Place) -> None:
    made = []
    for day in range(20):
        place.write(f"photo-{day}", "of that day")
        made.append(await into(place))

    names = [one.path.name for one in made]
    assert [day for day, one in enumerate(made) if not one.manifest.since] == [0, 7, 14]
    left = sorted(path.name for path in place.kept.glob("*.backup"))
    assert left == names[7:], "the oldest of the last seven builds on those since the eighth day"
    for day in range(13, 20):
        assert place.told_by(names[day]).keys() == {f"photo-{earlier}" for earlier in range(day + 1)}


async def test_what_can_not_be_built_on_is_followed_by_a_whole_one(place: Place) -> None:
    place.write("photo-0", "the first")
    first = await into(place)
    first.path.write_bytes(first.path.read_bytes()[:-1])

    second = await into(place)
    third = await into(place)

    assert (second.manifest.since, second.here) == (None, {"photo-0"})
    assert third.manifest.since is not None
    assert third.manifest.since.file == second.path.name
    assert (await into(place, whole=True)).manifest.since is None


async def test_what_was_cut_short_is_gone_before_the_next_is_written(place: Place) -> None:
    place.kept.mkdir()
    cut_short = place.kept / "data-20261120T080000000000Z.backup.part"
    cut_short.write_text("as far as it went")

    place.moment += timedelta(hours=1)
    made, removed = await place.service.back_up_into(SYSTEM, place.kept, 1, whole=True)

    assert removed == [cut_short.name]
    assert [path.name for path in place.kept.glob("data-*")] == [made.path.name]


async def test_only_one_writes_into_a_folder_at_a_time(place: Place) -> None:
    place.kept.mkdir()
    with place.files.alone(place.kept), pytest.raises(BackupGoesOn):
        await into(place)
    assert (await into(place)).path.exists()


async def test_nothing_is_built_on_a_backup_of_keys(place: Place) -> None:
    keys, _ = await place.service.back_up_keys(SYSTEM, place.kept, 1)
    with pytest.raises(BackupUnreadable, match="make a whole backup first"):
        await place.back_up("second", keys.path.name)
