"""The queue of captures in MongoDB, seen from outside: by state, each found by an index. Nothing is counted whole."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.bulk import MOST_ASKED, pieces
from attendance_backend.domains.attendance.schemas import Capture, CaptureState
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.filters import all_of
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.reach import of_subjects

MOST_COUNTED = 1_000
"""The embedded database counts slowly: a queue longer than this is told as this long."""


class QueueRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._captures = database["captures"]

    async def page(self, caller: Caller, state: CaptureState, page: PageRequest) -> Page[Capture]:
        """The captures in a state, those that came in first at the beginning."""
        query = all_of({"state": state}, of_subjects(caller))
        return await page.read(caller, self._captures, query, Capture.from_document)

    async def found(self, caller: Caller, field: str, values: Sequence[str]) -> list[Capture]:
        """The captures that have one of these values in a field, without what was recognised on them."""
        found = []
        for some in pieces(values, MOST_ASKED):
            query = all_of({field: {"$in": list(some)}}, of_subjects(caller))
            rows = self._captures.find(query, {"recognition": 0}, comment=caller.label)
            found += [Capture.from_document(row) async for row in rows]
        return sorted(found, key=attrgetter("id"))

    async def requeue(self, caller: Caller, capture: Capture, now: datetime, tx: Transaction) -> bool:
        """Have a capture that was given up tried again from now on; False: it is not given up any more."""
        dead = {"_id": capture.id, "state": CaptureState.DEAD, "erased_at": None}
        change = {"state": CaptureState.RECEIVED, "due": now, "lease": None, "faults": 0, "error_code": None}
        done = await self._captures.update_one(dead, {"$set": change}, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def at_most(self, caller: Caller, state: CaptureState) -> int:
        """How many captures are in a state, up to `MOST_COUNTED`."""
        rows = self._captures.find({"state": state}, {"_id": 1}, comment=caller.label).limit(MOST_COUNTED)
        return len(await rows.to_list())

    async def oldest(self, caller: Caller, state: CaptureState) -> datetime | None:
        """When the capture came in that is in a state the longest; None: there is none."""
        asked, shown, first = {"state": state}, {"submitted_at": 1}, [("_id", 1)]
        found = await self._captures.find_one(asked, shown, sort=first, comment=caller.label)
        return found["submitted_at"] if found else None
