"""Takes a student's face out of what attendance has kept of it: photos with their keys, faces, decisions, evidence.

What was recorded stays, with its history. It decides nothing about who may ask for that.
"""

from collections.abc import Collection
from datetime import datetime

from attendance_backend.domains.attendance.evidence.repository import TraceRepository
from attendance_backend.domains.attendance.evidence.schemas import OldPhoto, OldSession, Traces
from attendance_backend.domains.attendance.schemas import Mark
from attendance_backend.domains.attendance.service import CaptureService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.records.schemas import Attendance
from attendance_backend.domains.records.service import RecordService
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction, Transactions

SEEN_BEFORE = "seen on a photo that was erased since"
"""Why somebody is marked as present in a session that was still open when their face was taken off its photos."""


class TraceService:
    def __init__(
        self,
        traces: TraceRepository,
        captures: CaptureService,
        records: RecordService,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._traces = traces
        self._captures = captures
        self._records = records
        self._transactions = transactions
        self._clock = clock

    async def erase(self, caller: Caller, student_id: str, until: datetime) -> Traces:
        """Destroy each photo taken before `until` on which the student is, and strip all that was measured on them.

        May be cut short anywhere and done again. The photos go before what tells which they are.
        """
        captures = await self._traces.captures_with(caller, student_id, until)
        photos = await self._traces.with_photo(caller, captures)
        for capture_id in photos:
            await self.erase_photo(caller, capture_id)
        decided = await self._traces.faces_decided(caller, student_id, captures)
        seen_in = await self._traces.sessions_seen_in(caller, student_id, captures)
        mark = Mark(status=Attendance.PRESENT, reason=SEEN_BEFORE, by=caller.id, at=self._clock.now())

        async def strip(tx: Transaction) -> None:
            await self._traces.mark(caller, seen_in, student_id, mark, tx)
            for capture_id, indexes in decided.items():
                await self._traces.strip_faces(caller, capture_id, indexes, tx)
            await self._traces.strip_captures(caller, student_id, sorted(captures), tx)

        await self._transactions.run(strip)
        records = await self._records.strip_evidence(caller, student_id, until)
        return Traces(frozenset(photos), len(captures), records)

    async def erase_photo(self, caller: Caller, capture_id: str) -> None:
        """Destroy a photo and its key, then tell in its capture that it is gone."""
        await self._captures.drop_photo(capture_id)
        await self._traces.erase_photo(caller, capture_id, self._clock.now())

    async def old_photos(self, caller: Caller, before: datetime, most: int) -> list[OldPhoto]:
        return await self._traces.old_photos(caller, before, most)

    async def old_sessions(self, caller: Caller, before: str, most: int) -> list[OldSession]:
        return await self._traces.old_sessions(caller, before, most)

    async def photos_of(self, caller: Caller, session_ids: Collection[str]) -> list[str]:
        return await self._traces.photos_of(caller, session_ids)

    async def remove_sessions(self, caller: Caller, session_ids: Collection[str], tx: Transaction) -> None:
        await self._traces.remove_sessions(caller, session_ids, tx)
