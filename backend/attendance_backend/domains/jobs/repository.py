"""Jobs in MongoDB: a handful of documents, found by their names."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.jobs.schemas import Job, Queue
from attendance_backend.kept import SCHOOL, Kept
from attendance_backend.ports.store import RawDocument

CLOCKS_APART = timedelta(minutes=1)
"""Between the machines of one installation, at the most."""
INDEXES: dict[str, list[IndexModel]] = {"jobs": []}
KEPT = {"jobs": Kept("when each of the program's own jobs is next due", SCHOOL)}


class JobRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._database = database
        self._jobs = database["jobs"]

    async def declare(self, caller: Caller, job: Job) -> None:
        """Keep the job unless it is kept already."""
        try:
            await self._jobs.insert_one(job.to_document(), comment=caller.label)
        except DuplicateKeyError:
            return

    async def take(self, caller: Caller, name: str, now: datetime, due: datetime) -> bool:
        """Whether the job was due; it is so again at `due`, for whoever asks first then.

        One that is due later than that was put off by a clock that has been set back since: it is due as well.
        """
        for is_due in ({"$lte": now}, {"$gt": due + CLOCKS_APART}):
            taken = await self._jobs.update_one(
                {"_id": name, "due": is_due}, {"$set": {"due": due}}, comment=caller.label
            )
            if taken.matched_count:
                return True
        return False

    async def bring_back(self, caller: Caller, queue: Queue, now: datetime) -> int:
        """Make due what lies further off than the queue ever puts anything; how many there were."""
        found = 0
        for equal in [{"state": state} for state in queue.states] or [{}]:
            too_far = {**equal, "due": {"$gt": now + queue.furthest + CLOCKS_APART}}
            done = await self._database[queue.collection].update_many(
                too_far, {"$set": {"due": now}}, comment=caller.label
            )
            found += done.modified_count
        return found

    async def settle(self, caller: Caller, name: str, told: Mapping[str, object]) -> None:
        await self._jobs.update_one({"_id": name}, {"$set": dict(told)}, comment=caller.label)
