"""Texts of consent in MongoDB. They are added, never changed."""

from collections.abc import AsyncIterator

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.bulk import batches
from attendance_backend.domains.consent.errors import ConsentTextTaken
from attendance_backend.domains.consent.texts.schemas import ConsentText
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.kept import PROOF, Kept
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {"consent_texts": [IndexModel([("version", ASCENDING), ("language", ASCENDING)], unique=True)]}
KEPT = {"consent_texts": Kept("the texts that are consented to, in versions", PROOF)}


class ConsentTextRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._texts = database["consent_texts"]

    def every(self, caller: Caller) -> AsyncIterator[list[ConsentText]]:
        """Every text."""
        return batches(self._texts.find({}, comment=caller.label), ConsentText.from_document)

    async def add(self, caller: Caller, text: ConsentText, tx: Transaction) -> None:
        same = {"version": text.version, "language": text.language}
        if await self._texts.find_one(same, {"_id": 1}, session=tx, comment=caller.label):
            raise ConsentTextTaken
        try:
            await self._texts.insert_one(text.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise ConsentTextTaken from error

    async def exists(self, caller: Caller, version: str, tx: Transaction) -> bool:
        found = await self._texts.find_one({"version": version}, {"_id": 1}, session=tx, comment=caller.label)
        return found is not None

    async def page(self, caller: Caller, version: str | None, page: PageRequest) -> Page[ConsentText]:
        return await page.read(caller, self._texts, {"version": version} if version else {}, ConsentText.from_document)
