"""The choice in MongoDB: one document, found by its id, which is not there as long as nobody has chosen."""

from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.enrolment.models.schemas import ONLY, ModelChoice
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.kept import SCHOOL, Kept
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES: dict[str, list[IndexModel]] = {"recognition_models": []}
KEPT = {"recognition_models": Kept("which model's vectors are compared", SCHOOL)}


class ModelChoiceRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._choices = database["recognition_models"]

    async def kept(self, caller: Caller, tx: Transaction | None = None) -> ModelChoice | None:
        found = await self._choices.find_one({"_id": ONLY}, session=tx, comment=caller.label)
        return ModelChoice.from_document(found) if found else None

    async def put(self, caller: Caller, choice: ModelChoice, tx: Transaction) -> None:
        same = {"_id": ONLY}
        await self._choices.replace_one(same, choice.to_document(), upsert=True, session=tx, comment=caller.label)
