"""Jobs in MongoDB: a handful of documents, found by their names."""

from collections.abc import Mapping
from datetime import datetime

from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.jobs.schemas import Job
from attendance_backend.kept import SCHOOL, Kept
from attendance_backend.ports.store import RawDocument

INDEXES: dict[str, list[IndexModel]] = {"jobs": []}
KEPT = {"jobs": Kept("when each of the program's own jobs is next due", SCHOOL)}


class JobRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._jobs = database["jobs"]

    async def declare(self, caller: Caller, job: Job) -> None:
        """Keep the job unless it is kept already."""
        try:
            await self._jobs.insert_one(job.to_document(), comment=caller.label)
        except DuplicateKeyError:
            return

    async def take(self, caller: Caller, name: str, now: datetime, due: datetime) -> bool:
        """Whether the job was due; it is so again at `due`, for whoever asks first then."""
        taken = await self._jobs.update_one(
            {"_id": name, "due": {"$lte": now}}, {"$set": {"due": due}}, comment=caller.label
        )
        return taken.matched_count == 1

    async def settle(self, caller: Caller, name: str, told: Mapping[str, object]) -> None:
        await self._jobs.update_one({"_id": name}, {"$set": dict(told)}, comment=caller.label)
