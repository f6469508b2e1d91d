"""First answers in MongoDB, which forgets them by itself."""

from datetime import timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.replay.errors import RequestInProgress
from attendance_backend.domains.replay.schemas import KeptAnswer
from attendance_backend.ports.store import RawDocument, Transaction

KEPT_FOR = timedelta(days=1)
INDEXES = {"answers": [IndexModel([("at", ASCENDING)], expireAfterSeconds=int(KEPT_FOR.total_seconds()))]}


class AnswerRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._answers = database["answers"]

    async def find(self, caller: Caller, asked_id: str, tx: Transaction | None) -> KeptAnswer | None:
        found = await self._answers.find_one({"_id": asked_id}, session=tx, comment=caller.label)
        return KeptAnswer.from_document(found) if found else None

    async def add(self, caller: Caller, kept: KeptAnswer, tx: Transaction | None) -> None:
        try:
            await self._answers.insert_one(kept.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise RequestInProgress(headers={"Retry-After": "1"}) from error
