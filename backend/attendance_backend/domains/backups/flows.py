"""Fills an empty database, from a backup or from another server, and reads it again. It never adds to a filled one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from attendance_backend.domains.backups.errors import BackupUnreadable, CopyDiffers, KeysTooOld
from attendance_backend.domains.backups.policy import KEYS_GOOD_FOR, added
from attendance_backend.domains.backups.repository import CopyRepository
from attendance_backend.domains.backups.schemas import Backup, Holds, Restored, Tally
from attendance_backend.domains.backups.service import BackupService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.installation.errors import DatabaseTooNew
from attendance_backend.domains.installation.service import InstallationService
from attendance_backend.ports.backups import ObjectStore, PartKind
from attendance_backend.ports.clock import Clock


@dataclass(frozen=True)
class Filled:
    """A database that can be filled.

    `make_indexes` is done before: the embedded database takes 100 s to index 3,000 students, and 3 s to add them to
    a collection that has its indexes.
    """

    rows: CopyRepository
    installation: InstallationService
    make_indexes: Callable[[], Awaitable[None]]

    async def begin(self, filled_from: str, version: int) -> None:
        await self.installation.begin_filling(filled_from, version)
        await self.rows.clear()
        await self.make_indexes()

    async def check(self, caller: Caller, expected: Mapping[str, Tally]) -> None:
        """Read all of it again.

        Raises:
            CopyDiffers: it is not what was written.
        """
        found = {name: await self._tally(caller, name) for name in await self.rows.collections()}
        filled = {name: tally for name, tally in found.items() if tally.count}
        if filled != dict(expected):
            names = [name for name in {*filled, *expected} if filled.get(name) != expected.get(name)]
            raise CopyDiffers(f"{CopyDiffers.title}, in {', '.join(sorted(names))}.")

    async def _tally(self, caller: Caller, name: str) -> Tally:
        tally = Tally()
        async for some in self.rows.documents(caller, name):
            tally = added(tally, some)
        return tally


@dataclass(frozen=True)
class RestoreFlows:
    backups: BackupService
    data: Filled
    keys: Filled
    objects: ObjectStore
    newest: int
    clock: Clock

    async def restore(self, caller: Caller, path: Path, keys_path: Path | None) -> Restored:
        """Put a backup where nothing is, the keys too if they are given. Until `finish` nothing starts on it.

        Cut short, it is to be run again.

        Raises:
            BackupUnreadable, BackupMissing, KeysTooOld, DatabaseTooNew: nothing was changed.
            TargetNotEmpty: nothing was changed.
            CopyDiffers: the database does not tell what was written.
        """
        chain = self._checked(path, Holds.DATA)
        data = chain[-1]
        keys = self._checked(keys_path, Holds.KEYS)[-1] if keys_path else None
        if keys:
            self._check_age(keys)
        pairs = [(backup, target) for backup, target in ((keys, self.keys), (data, self.data)) if backup]
        for _, target in pairs:
            await target.installation.check_empty()
        for backup, target in pairs:
            await target.begin(backup.manifest.id, backup.manifest.schema_version)
        for earlier in chain[:-1]:
            await self._put_photos(earlier, data.photos)
        for backup, target in pairs:
            await self._fill(caller, backup, target)
            await target.check(caller, backup.contents.collections)
        return Restored(data, keys.manifest.taken_at if keys else None)

    async def finish(self, restored: Restored) -> None:
        """Say that all is whole: what was erased since the backup is erased again by now."""
        if restored.keys_of:
            await self.keys.installation.end_filling()
        await self.data.installation.end_filling()

    def _checked(self, path: Path, holds: Holds) -> list[Backup]:
        chain = self.backups.chain(path)
        backup = chain[-1]
        if backup.manifest.holds is not holds:
            raise BackupUnreadable(f"{path} holds {backup.manifest.holds} and not {holds}.")
        if backup.manifest.schema_version > self.newest:
            raise DatabaseTooNew(f"{path} was made with version {backup.manifest.schema_version} of the schema.")
        return chain

    def _check_age(self, keys: Backup) -> None:
        age = self.clock.now() - keys.manifest.taken_at
        if age > KEYS_GOOD_FOR:
            raise KeysTooOld(
                f"{keys.path} is {age.days} days old and would bring back what was erased since. "
                "Without keys the data are restored all the same; faces are enrolled again."
            )

    async def _fill(self, caller: Caller, backup: Backup, target: Filled) -> None:
        for part in self.backups.parts(backup.path):
            if part.kind is PartKind.DOCUMENTS:
                await target.rows.add(caller, part.name, part.content)
            elif part.kind is PartKind.OBJECT:
                await self.objects.write(part.name, part.content)

    async def _put_photos(self, earlier: Backup, names: frozenset[str]) -> None:
        """Those of an earlier backup that the later one still had; later ones take their place."""
        for part in self.backups.parts(earlier.path):
            if part.kind is PartKind.OBJECT and part.name in names:
                await self.objects.write(part.name, part.content)


@dataclass(frozen=True)
class CopyFlows:
    """From one server to another, as both were at one moment; photos stay where they are."""

    data: CopyRepository
    keys: CopyRepository
    to_data: Filled
    to_keys: Filled

    async def copy(self, caller: Caller, version: int) -> int:
        """How many documents were copied. Cut short, it is to be run again.

        Raises:
            TargetNotEmpty: nothing was changed.
            SnapshotLost: the server that is read gave no more time.
            CopyDiffers: the other does not tell what was written.
        """
        pairs = ((self.data, self.to_data), (self.keys, self.to_keys))
        for _, target in pairs:
            await target.installation.check_empty()
        for source, target in pairs:
            await target.begin(f"a copy of {source.name}", version)
        written = [await _copied(caller, source, target) for source, target in pairs]
        for (_, target), tallies in zip(pairs, written, strict=True):
            await target.check(caller, tallies)
        for target in (self.to_keys, self.to_data):
            await target.installation.end_filling()
        return sum(one.count for tallies in written for one in tallies.values())


async def _copied(caller: Caller, source: CopyRepository, target: Filled) -> dict[str, Tally]:
    tallies, names = dict[str, Tally](), await source.collections()
    async with source.snapshot() as tx:
        for name in names:
            async for some in source.documents(caller, name, tx):
                await target.rows.add(caller, name, b"".join(some))
                tallies[name] = added(tallies.get(name, Tally()), some)
    return tallies
