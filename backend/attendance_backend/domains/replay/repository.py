"""First answers in MongoDB, which forgets them by itself."""

import re
from datetime import timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.replay.schemas import KeptAnswer
from attendance_backend.kept import Kept
from attendance_backend.ports.store import RawDocument, Transaction

KEPT_FOR = timedelta(days=1)
INDEXES = {"answers": [IndexModel([("at", ASCENDING)], expireAfterSeconds=int(KEPT_FOR.total_seconds()))]}
KEPT = {
    "answers": Kept(
        "first answers to writes, for whoever asks the same again",
        "a day",
        apart="copies of what is kept elsewhere, by who asked",
        erased="those that tell how alike a face was",
    )
}


class AnswerRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._answers = database["answers"]

    async def find(self, caller: Caller, asked_id: str, tx: Transaction | None) -> KeptAnswer | None:
        found = await self._answers.find_one({"_id": asked_id}, session=tx, comment=caller.label)
        return KeptAnswer.from_document(found) if found else None

    async def add(self, caller: Caller, kept: KeptAnswer, tx: Transaction) -> None:
        """Keep an answer with the transaction; if another try was faster, the whole is run again and finds that one."""
        await self._answers.insert_one(kept.to_document(), session=tx, comment=caller.label)

    async def remove_measured(self, caller: Caller, student_id: str) -> None:
        """Forget the answers that tell how alike a face was to this student. They are those of a day."""
        told = [{"answer.body": {"$regex": text}} for text in (re.escape(student_id), '"similarity":')]
        await self._answers.delete_many({"$and": told}, comment=caller.label)

    async def add_alone(self, caller: Caller, kept: KeptAnswer) -> bool:
        """Whether the answer was kept: another try may have been faster."""
        try:
            await self._answers.insert_one(kept.to_document(), comment=caller.label)
        except DuplicateKeyError:
            return False
        return True
