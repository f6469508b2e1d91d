"""Every collection of a database, document by document as they lie, read at one moment and written where none is."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from attendance_backend.domains.backups.errors import SnapshotLost
from attendance_backend.domains.backups.policy import documents_in
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.ports.store import ENDED, RawDocument, Transaction

AS_THEY_LIE: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)
PART_BYTES, PART_DOCUMENTS = 4 * 1024 * 1024, 1_000
"""Of documents in one part, which is one write when it is put back."""


class CopyRepository:
    """One database. `apart` are collections that are never copied."""

    def __init__(self, database: AsyncDatabase[RawDocument], apart: frozenset[str]) -> None:
        self._database = database
        self._apart = apart

    @property
    def name(self) -> str:
        return self._database.name

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """A transaction that reads all as it was when it began, while others write. A server ends it after a minute.

        Raises:
            SnapshotLost: it did.
        """
        async with self._database.client.start_session() as session:
            await session.start_transaction(read_concern=ReadConcern("snapshot"))
            try:
                yield session
            except OperationFailure as error:
                if not (error.code == ENDED or error.has_error_label("TransientTransactionError")):
                    raise
                raise SnapshotLost(
                    "The database ended the transaction that was reading it. Servers do so after 60 seconds, and the "
                    "embedded one when a backend starts: try again when less goes on, or raise "
                    "transactionLifetimeLimitSeconds of a server of your own."
                ) from error
            finally:
                await session.abort_transaction()

    async def collections(self) -> list[str]:
        names = await self._database.list_collection_names()
        return sorted(name for name in names if name not in self._apart and not name.startswith("system."))

    async def documents(self, caller: Caller, name: str, tx: Transaction | None = None) -> AsyncIterator[list[bytes]]:
        """All of a collection, some at a time."""
        some, size = list[bytes](), 0
        async for row in self._raw(name).find({}, session=tx, comment=caller.label):
            some.append(bytes(row.raw))
            size += len(row.raw)
            if size >= PART_BYTES or len(some) == PART_DOCUMENTS:
                yield some
                some, size = [], 0
        if some:
            yield some

    async def add(self, caller: Caller, name: str, documents: bytes) -> None:
        """Put documents into a collection where they are not yet."""
        rows = [RawBSONDocument(one) for one in documents_in(documents)]
        await self._raw(name).insert_many(rows, ordered=False, comment=caller.label)

    async def clear(self) -> None:
        """Remove every document that is copied; the indexes stay."""
        for name in await self.collections():
            await self._database[name].delete_many({})

    def _raw(self, name: str) -> AsyncCollection[Any]:
        return self._database.get_collection(name, codec_options=AS_THEY_LIE)
