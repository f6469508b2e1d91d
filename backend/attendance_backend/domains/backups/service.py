"""Writes backups and finds them whole: data with its photos in one file, keys in another. It changes no database."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from attendance_backend.documents import new_id
from attendance_backend.domains.backups.errors import BackupExists, BackupUnreadable
from attendance_backend.domains.backups.policy import added, documents_in, keys_file, keys_to_remove, named
from attendance_backend.domains.backups.repository import CopyRepository
from attendance_backend.domains.backups.schemas import Backup, Contents, Holds, Manifest, Tally
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

    async def back_up(self, caller: Caller, path: Path, schema_version: int) -> Backup:
        """Write all data as they are at this moment, and the photos that they tell of, while everything goes on.

        Raises:
            BackupExists: there is a file at that place.
            SnapshotLost: the database gave no more time.
        """
        manifest = self._manifest(Holds.DATA, schema_version)
        with self._new(path, manifest) as writer:
            tallies = await _write_documents(caller, self._data, writer)
            # After the documents: a photo is kept before the document that tells of it.
            objects, gone = await self._write_objects(writer)
            contents = Contents(collections=tallies, objects=objects, gone=gone)
            writer.write(Part(PartKind.END, "", contents.model_dump_json().encode()))
        return Backup(path, manifest, contents)

    async def back_up_keys(self, caller: Caller, folder: Path, schema_version: int) -> tuple[Backup, list[str]]:
        """Write the wrapped data keys and the ledger of erasures beside the last, and remove what is too old."""
        now, manifest = self._clock.now(), self._manifest(Holds.KEYS, schema_version)
        path = folder / keys_file(now)
        with self._new(path, manifest) as writer:
            contents = Contents(collections=await _write_documents(caller, self._keys, writer))
            writer.write(Part(PartKind.END, "", contents.model_dump_json().encode()))
        old = keys_to_remove(self._files.names(folder), now)
        for name in old:
            self._files.remove(folder / name)
        return Backup(path, manifest, contents), old

    def checked(self, path: Path) -> Backup:
        """Read the whole file, which shows that no byte was changed, and compare its parts with what its end tells.

        Raises:
            BackupUnreadable: it is none, or not whole.
        """
        tallies, objects, last = dict[str, Tally](), Tally(), b""
        manifest = None
        for part in self.parts(path):
            match part.kind:
                case PartKind.MANIFEST:
                    manifest = Manifest.model_validate_json(part.content)
                case PartKind.DOCUMENTS:
                    tallies[part.name] = added(tallies.get(part.name, Tally()), documents_in(part.content))
                case PartKind.OBJECT:
                    objects = added(objects, [named(part.name, part.content)])
                case PartKind.END:
                    last = part.content
        contents = Contents.model_validate_json(last)
        if manifest is None or (tallies, objects) != (contents.collections, contents.objects):
            raise BackupUnreadable(f"{path} is not what its end tells.")
        return Backup(path, manifest, contents)

    def parts(self, path: Path) -> Iterator[Part]:
        """The parts of a backup, one at a time.

        Raises:
            BackupUnreadable: it is none, or not whole.
        """
        try:
            yield from self._files.parts(path)
        except FileNotFoundError as error:
            raise BackupUnreadable(f"There is no {path}.") from error
        except UnreadableBackupError as error:
            raise BackupUnreadable(f"{path} can't be used: {error}.") from error

    def _manifest(self, holds: Holds, schema_version: int) -> Manifest:
        return Manifest(
            id=new_id(),
            holds=holds,
            taken_at=self._clock.now(),
            schema_version=schema_version,
            program=self._program,
        )

    @contextlib.contextmanager
    def _new(self, path: Path, manifest: Manifest) -> Iterator[BackupWriter]:
        try:
            with self._files.create(path) as writer:
                writer.write(Part(PartKind.MANIFEST, "", manifest.model_dump_json().encode()))
                yield writer
        except FileExistsError as error:
            raise BackupExists(f"There is a {path} already.") from error

    async def _write_objects(self, writer: BackupWriter) -> tuple[Tally, int]:
        tally, gone = Tally(), 0
        for name in await self._objects.names():
            try:
                content = await self._objects.read(name)
            except FileNotFoundError:
                gone += 1
                continue
            writer.write(Part(PartKind.OBJECT, name, content))
            tally = added(tally, [named(name, content)])
        return tally, gone


async def _write_documents(caller: Caller, source: CopyRepository, writer: BackupWriter) -> dict[str, Tally]:
    tallies, names = dict[str, Tally](), await source.collections()
    async with source.snapshot() as tx:
        for name in names:
            async for some in source.documents(caller, name, tx):
                writer.write(Part(PartKind.DOCUMENTS, name, b"".join(some)))
                tallies[name] = added(tallies.get(name, Tally()), some)
    return tallies
