"""MongoDB's explicit encryption with one data key per owner, the wrapped keys in a database of their own (the vault).

It keeps no plaintext and gives out no key.
"""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bson.binary import UUID_SUBTYPE, Binary
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.asynchronous.encryption import AsyncClientEncryption
from pymongo.errors import DuplicateKeyError, EncryptionError, OperationFailure, PyMongoError

from attendance_backend.adapters.master_keys import Masters, ReadMasters
from attendance_backend.adapters.mongo import Client, Database, ensure_indexes
from attendance_backend.ports.keys import KeyDestroyedError

ALGORITHM = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
ENCRYPTED = 6
"""The BSON subtype of encrypted values."""
KEY_ID = slice(1, 17)
"""Where an encrypted value names its key, by the specification of MongoDB's client-side encryption."""
COLLECTION = "data_keys"
PROOFS, PROOF = "proofs", "master key"
INDEX, NO_INDEX = "keyAltNames_1", 27
INDEXES = [IndexModel([("keyAltNames", ASCENDING)], name=INDEX, unique=True)]
"""Without the condition that MongoDB's manual gives it: each of our keys has an owner, and the embedded database would
read all keys rather than an index with a condition."""


async def drop_conditional_index(vault: Database) -> None:
    """Remove the index of before, so that `INDEXES` can be made."""
    if COLLECTION not in await vault.list_collection_names():
        return
    indexes = await vault[COLLECTION].index_information()
    if "partialFilterExpression" in indexes.get(INDEX, {}):
        try:
            await vault[COLLECTION].drop_index(INDEX)
        except OperationFailure as error:
            if error.code != NO_INDEX:  # another process removed it since
                raise


class WrongMasterKeyError(Exception):
    """The master key at hand is not the one that wrapped the keys of this vault."""


class _KeysByIndex(AsyncCollection[RawBSONDocument]):
    """The data keys. The library asks for them by ids or names in one `$or`, for which the embedded database reads them
    all; we only ever ask it for ids.
    """

    def find(self, *args: Any, **options: Any) -> AsyncCursor[RawBSONDocument]:
        match args:
            case [{"$or": [{"_id": ids}, {"keyAltNames": {"$in": []}}]}]:
                args = ({"_id": ids},)
        return super().find(*args, **options)


class _Encryption(AsyncClientEncryption[dict[str, Any]]):
    """The driver's part, with our look at the keys; it has no other place to give that to."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self._io_callbacks and (keys := self._io_callbacks.key_vault_coll) is not None:
            self._io_callbacks.key_vault_coll = _KeysByIndex(
                keys.database,
                keys.name,
                codec_options=keys.codec_options,
                read_concern=keys.read_concern,
                write_concern=keys.write_concern,
            )


class MongoVault:
    """A `KeyVault` whose master key wraps the data keys.

    A key is looked up by its owner's name at every encryption: the library would find a destroyed key of the same name
    in its own cache (60 s), and what it then wrote could never be read again.
    """

    def __init__(self, client: Client, database: str, read_masters: ReadMasters) -> None:
        self._client = client
        self._database = database
        self._read_masters = read_masters
        self._masters = read_masters()
        self._opened = [self._open(self._masters)]

    async def prepare(self) -> None:
        """Make sure that an owner can have one key only, and that the keys are wrapped with this master key.

        Raises:
            WrongMasterKeyError: they are not; every vector and photo would be taken for erased.
        """
        vault = self._client[self._database]
        await ensure_indexes(vault, {COLLECTION: INDEXES})
        try:
            await self.decrypt(await self._proof())
        except KeyDestroyedError as error:
            raise WrongMasterKeyError("the vault belongs to another master key: restore keys/master.key") from error

    async def _proof(self) -> bytes:
        """What only the master key of this vault opens, sealed at the first start of all."""
        proofs = self._client[self._database][PROOFS]
        if kept := await proofs.find_one({"_id": PROOF}):
            return bytes(kept["sealed"])
        with contextlib.suppress(DuplicateKeyError):  # another process starts for the first time at this moment
            await proofs.insert_one({"_id": PROOF, "sealed": await self.encrypt(PROOF, PROOF)})
        return await self._proof()

    async def close(self) -> None:
        for encryption in self._opened:
            await encryption.close()

    async def rewrap(self, at_once: int = 100) -> int:
        """Wrap every data key with the newest master key; how many were not. May be cut short and done again."""
        keys, done = self._client[self._database][COLLECTION], 0
        encryption = self._encryption
        other = {"masterKey.provider": {"$ne": self._masters.current}}
        while rows := await keys.find(other, {"_id": 1}).limit(at_once).to_list():
            some = {"_id": {"$in": [Binary.from_uuid(row["_id"]) for row in rows]}}
            with _unwrapped():
                await encryption.rewrap_many_data_key(some, self._masters.current, self._masters.master_key)
            done += len(rows)
        return done

    async def wrapped_otherwise(self) -> bool:
        """Whether a data key is still wrapped with another than the newest master key."""
        masters = self._read_masters()
        other = {"masterKey.provider": {"$ne": masters.current}}
        return await self._client[self._database][COLLECTION].find_one(other, {"_id": 1}) is not None

    @property
    def _encryption(self) -> _Encryption:
        """The driver's part, told of the master keys there are now."""
        masters = self._read_masters()
        if masters != self._masters:
            # What is under way goes on with the one before, which is therefore closed only in the end.
            self._masters = masters
            self._opened.append(self._open(masters))
        return self._opened[-1]

    def _open(self, masters: Masters) -> _Encryption:
        return _Encryption(
            kms_providers=masters.providers,
            key_vault_namespace=f"{self._database}.{COLLECTION}",
            key_vault_client=self._client,
            codec_options=CodecOptions(),
            kms_tls_options=masters.tls,
        )

    async def encrypt(self, owner: str, value: Any) -> bytes:
        key = await self._key(owner) or await self._make(owner)
        with _unwrapped():
            return bytes(await self._encryption.encrypt(value, ALGORITHM, key_id=key))

    async def decrypt(self, value: bytes) -> Any:
        try:
            with _unwrapped():
                return await self._encryption.decrypt(Binary(value, ENCRYPTED))
        except EncryptionError as error:
            raise KeyDestroyedError from error

    async def can_open(self, owner: str, value: bytes) -> bool:
        return await self._key(owner) == Binary(value[KEY_ID], UUID_SUBTYPE)

    async def owners_before(self, moment: datetime) -> list[str]:
        made = self._client[self._database][COLLECTION].find({"creationDate": {"$lt": moment}}, {"keyAltNames": 1})
        return [owner async for row in made for owner in row.get("keyAltNames", [])]

    async def destroy(self, owner: str) -> None:
        if key := await self._key(owner):
            await self._encryption.delete_key(key)

    async def _key(self, owner: str) -> Binary | None:
        found = await self._encryption.get_key_by_alt_name(owner)
        return found["_id"] if found else None

    async def _make(self, owner: str) -> Binary:
        try:
            with _unwrapped():
                return await self._encryption.create_data_key(
                    self._masters.current, master_key=self._masters.master_key, key_alt_names=[owner]
                )
        except DuplicateKeyError:
            made_meanwhile = await self._key(owner)
            if made_meanwhile is None:
                raise
            return made_meanwhile


@contextlib.contextmanager
def _unwrapped() -> Iterator[None]:
    """What the database itself failed with, such as being out of reach, is no failure of encryption."""
    try:
        yield
    except EncryptionError as error:
        if isinstance(error.cause, PyMongoError):
            raise error.cause from error
        raise
