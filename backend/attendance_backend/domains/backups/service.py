"""Writes backups and finds them whole: data with its photos in one file, keys in another. It changes no database."""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import structlog

from attendance_backend.documents import new_id
from attendance_backend.domains.backups.errors import (
    BackupApart,
    BackupExists,
    BackupGoesOn,
    BackupMissing,
    BackupUnreadable,
)
from attendance_backend.domains.backups.policy import (
    LEFT_OVER_AFTER,
    added,
    data_file,
    data_to_remove,
    documents_in,
    keys_file,
    keys_to_remove,
    left_over,
    named,
    to_build_on,
)
from attendance_backend.domains.backups.repository import CopyRepository
from attendance_backend.domains.backups.schemas import Backup, Contents, Earlier, Holds, KnownPhotos, Manifest, Tally
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.ports.backups import (
    BackupFiles,
    BackupWriter,
    ObjectStore,
    Part,
    PartKind,
    UnreadableBackupError,
)
from attendance_backend.ports.clock import Clock

log = structlog.stdlib.get_logger(__name__)
FILE_TIMES_ROUGH = timedelta(seconds=2)
"""By so much some file systems round the time at which a file was written."""


class BackupService:
    def __init__(
        self,
        data: CopyRepository,
        keys: CopyRepository,
        objects: ObjectStore,
        files: BackupFiles,
        program: str,
        clock: Clock,
    ) -> None:
        self._data = data
        self._keys = keys
        self._objects = objects
        self._files = files
        self._program = program
        self._clock = clock

    async def back_up(self, caller: Caller, path: Path, schema_version: int, since: Path | None = None) -> Backup:
        """Write all data as they are at this moment, and the photos that they tell of, while everything goes on.

        Of the photos only those that `since` and what it builds on do not have.

        Raises:
            BackupExists: there is a file at that place.
            BackupApart, BackupMissing, BackupUnreadable: nothing can be built on that earlier one.
            SnapshotLost: the database gave no more time.
        """
        earlier = self._earlier(path, since) if since else None
        manifest = self._manifest(Holds.DATA, schema_version, earlier)
        with self._new(path, manifest) as writer:
            tallies = await _write_documents(caller, self._data, writer)
            # After the documents: a photo is kept before the document that tells of it.
            names = await self._objects.names()
            new = set(names) - await self._had(earlier)
            here, objects = await self._write_objects(writer, sorted(new))
            gone = new - here
            photos = [name for name in names if name not in gone]
            contents = Contents(collections=tallies, objects=objects, gone=len(gone), photos=photos)
            writer.write(Part(PartKind.END, "", contents.model_dump_json().encode()))
        return Backup(path, manifest, contents, frozenset(here))

    async def back_up_into(
        self, caller: Caller, folder: Path, schema_version: int, *, whole: bool
    ) -> tuple[Backup, list[str]]:
        """Write the data beside the last, and remove what is too old. Unless `whole` it may build on the last.

        Raises:
            BackupGoesOn: another process writes there.
            SnapshotLost: as `back_up`.
        """
        now = self._clock.now()
        with self._alone(folder):
            names = self._files.names(folder)
            # Before anything is written: a disk that was too small for one shall have room for the next.
            cut_short = left_over(names, Holds.DATA, now)
            self._remove(folder, cut_short)
            since = None if whole else to_build_on(names, now)
            try:
                path = folder / data_file(now, is_whole=since is None)
                backup = await self.back_up(caller, path, schema_version, folder / since if since else None)
            except (BackupMissing, BackupUnreadable) as error:
                log.warning("nothing_to_build_on", reason=error.detail)
                backup = await self.back_up(caller, folder / data_file(now, is_whole=True), schema_version)
            old = data_to_remove(self._files.names(folder))
            self._remove(folder, old)
        return backup, [*cut_short, *old]

    async def back_up_keys(self, caller: Caller, folder: Path, schema_version: int) -> tuple[Backup, list[str]]:
        """Write the wrapped data keys and the ledger of erasures beside the last, and remove what is too old."""
        now, manifest = self._clock.now(), self._manifest(Holds.KEYS, schema_version, None)
        path = folder / keys_file(now)
        with self._new(path, manifest) as writer:
            contents = Contents(collections=await _write_documents(caller, self._keys, writer))
            writer.write(Part(PartKind.END, "", contents.model_dump_json().encode()))
        names = self._files.names(folder)
        old = [*keys_to_remove(names, now), *left_over(names, Holds.KEYS, now - LEFT_OVER_AFTER)]
        self._remove(folder, old)
        return Backup(path, manifest, contents, frozenset()), old

    def chain(self, path: Path) -> list[Backup]:
        """Read a backup and all that it builds on, every byte; the oldest first, which is whole by itself.

        Raises:
            BackupUnreadable: one is none, or not whole.
            BackupMissing: what one of them builds on does not lie beside it.
        """
        chain = [self._checked(path)]
        while since := chain[0].manifest.since:
            one = chain[0]
            earlier = self._checked(self._beside(one.path, since.file))
            _check_is_meant(one.path, since, earlier.path, earlier.manifest)
            if not one.elsewhere <= earlier.photos:
                raise BackupUnreadable(f"{one.path} tells of photos that {earlier.path} does not have.")
            chain.insert(0, earlier)
        return chain

    def _checked(self, path: Path) -> Backup:
        """Read the whole file, which shows that no byte was changed, and compare its parts with what its end tells."""
        tallies, objects, here, last = dict[str, Tally](), Tally(), set[str](), b""
        manifest = None
        for part in self.parts(path):
            match part.kind:
                case PartKind.MANIFEST:
                    manifest = Manifest.model_validate_json(part.content)
                case PartKind.DOCUMENTS:
                    tallies[part.name] = added(tallies.get(part.name, Tally()), documents_in(part.content))
                case PartKind.OBJECT:
                    objects = added(objects, [named(part.name, part.content)])
                    here.add(part.name)
                case PartKind.END:
                    last = part.content
        contents = Contents.model_validate_json(last)
        if manifest is None or (tallies, objects) != (contents.collections, contents.objects):
            raise BackupUnreadable(f"{path} is not what its end tells.")
        found = Backup(path, manifest, contents, frozenset(here))
        if not found.here <= found.photos or (found.elsewhere and manifest.since is None):
            raise BackupUnreadable(f"{path} does not have the photos that its end tells of.")
        return found

    def _earlier(self, path: Path, since: Path) -> KnownPhotos:
        """What an earlier backup has, of which only the first and the last part are read, as of what it builds on."""
        if since.parent.resolve() != path.parent.resolve():
            raise BackupApart(f"{path} has to be written beside {since}, on which it builds.")
        manifest, contents = self._ends(since)
        if manifest.holds is not Holds.DATA or contents.photos is None:
            raise BackupUnreadable(f"{since} does not tell which photos it has: make a whole backup first.")
        one, told = since, manifest
        while told.since:
            beside = self._beside(one, told.since.file)
            found, _ = self._ends(beside)
            _check_is_meant(one, told.since, beside, found)
            one, told = beside, found
        return KnownPhotos(Earlier(id=manifest.id, file=since.name), manifest.taken_at, frozenset(contents.photos))

    def _beside(self, path: Path, name: str) -> Path:
        if name not in self._files.names(path.parent):
            raise BackupMissing(f"{path} builds on {name}, which does not lie beside it.")
        return path.parent / name

    def _ends(self, path: Path) -> tuple[Manifest, Contents]:
        with _readable(path):
            first, last = self._files.ends(path)
        return Manifest.model_validate_json(first.content), Contents.model_validate_json(last.content)

    def parts(self, path: Path) -> Iterator[Part]:
        """The parts of a backup, one at a time.

        Raises:
            BackupUnreadable: it is none, or not whole.
        """
        with _readable(path):
            yield from self._files.parts(path)

    def _manifest(self, holds: Holds, schema_version: int, earlier: KnownPhotos | None) -> Manifest:
        return Manifest(
            id=new_id(),
            holds=holds,
            taken_at=self._clock.now(),
            schema_version=schema_version,
            program=self._program,
            since=earlier.told if earlier else None,
        )

    def _remove(self, folder: Path, names: Iterable[str]) -> None:
        for name in names:
            self._files.remove(folder / name)

    @contextlib.contextmanager
    def _alone(self, folder: Path) -> Iterator[None]:
        try:
            with self._files.alone(folder):
                yield
        except BlockingIOError as error:
            raise BackupGoesOn(f"Another backup is being written into {folder}.") from error

    @contextlib.contextmanager
    def _new(self, path: Path, manifest: Manifest) -> Iterator[BackupWriter]:
        try:
            with self._files.create(path) as writer:
                writer.write(Part(PartKind.MANIFEST, "", manifest.model_dump_json().encode()))
                yield writer
        except FileExistsError as error:
            raise BackupExists(f"There is a {path} already.") from error

    async def _had(self, earlier: KnownPhotos | None) -> frozenset[str]:
        """What earlier backups have as it lies: the upright copy of a photo may have been written again since."""
        if earlier is None:
            return frozenset()
        return earlier.names & await self._objects.written_before(earlier.taken_at - FILE_TIMES_ROUGH)

    async def _write_objects(self, writer: BackupWriter, names: Iterable[str]) -> tuple[set[str], Tally]:
        """Those of the objects that are still there."""
        written, tally = set[str](), Tally()
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                content = await self._objects.read(name)
                writer.write(Part(PartKind.OBJECT, name, content))
                tally = added(tally, [named(name, content)])
                written.add(name)
        return written, tally


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BackupUnreadable(f"There is no {path}.") from error
    except UnreadableBackupError as error:
        raise BackupUnreadable(f"{path} can't be used: {error}.") from error


def _check_is_meant(path: Path, since: Earlier, beside: Path, found: Manifest) -> None:
    if found.id != since.id:
        raise BackupMissing(f"{path} builds on another {since.file} than {beside}.")


async def _write_documents(caller: Caller, source: CopyRepository, writer: BackupWriter) -> dict[str, Tally]:
    tallies, names = dict[str, Tally](), await source.collections()
    async with source.snapshot() as tx:
        for name in names:
            async for some in source.documents(caller, name, tx):
                writer.write(Part(PartKind.DOCUMENTS, name, b"".join(some)))
                tallies[name] = added(tallies.get(name, Tally()), some)
    return tallies
