"""Correcting records as a story: once their session is closed, until it is locked; and counting all of them anew."""

from dataclasses import dataclass

from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.records.schemas import (
    AttendanceRecord,
    Corrected,
    Correction,
    Corrections,
    Recounted,
    Source,
)
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.tallies.schemas import monday_of
from attendance_backend.domains.tallies.service import TallyService
from attendance_backend.ports.store import Transaction, Transactions


@dataclass(frozen=True)
class RecordFlows:
    sessions: SessionService
    records: RecordService
    tallies: TallyService
    transactions: Transactions

    async def correct(self, caller: Caller, record_id: str, given: Correction, tx: Transaction) -> AttendanceRecord:
        """Change a record; its history shows it.

        Raises:
            NotFound: no such record for this caller.
            SessionNotClosed, SessionLocked: as the session's state has it.
        """
        record = await self.records.record(caller, record_id, tx)
        await self.sessions.hold_for_correction(caller, [record.session_id], tx)
        (corrected,) = await self.records.correct(caller, [(record, given)], tx, Source.MANUAL)
        return corrected

    async def correct_many(self, caller: Caller, given: Corrections, tx: Transaction) -> Corrected:
        """As `correct`, of several records, all or none."""
        records = await self.records.by_ids(caller, [one.record_id for one in given.corrections], tx)
        await self.sessions.hold_for_correction(caller, {record.session_id for record in records}, tx)
        pairs = list(zip(records, given.corrections, strict=True))
        return Corrected(records=await self.records.correct(caller, pairs, tx))

    async def recount(self, caller: Caller) -> Recounted:
        """Count all records anew, a subject and day at a time, while others go on working; mend what differs."""
        days = await self.sessions.days(caller) | await self.tallies.days(caller)
        repaired = [await self._recount_day(caller, subject_id, date) for subject_id, date in sorted(days)]
        for subject_id, monday in sorted({(subject_id, monday_of(date)) for subject_id, date in days}):
            await self._recount_week(caller, subject_id, monday)
        return Recounted(days=len(days), repaired=sum(repaired))

    async def _recount_day(self, caller: Caller, subject_id: str, date: str) -> bool:
        async def count(tx: Transaction) -> bool:
            sessions = await self.sessions.of_day(caller, subject_id, date, tx)
            return await self.records.recount(caller, subject_id, date, sessions, tx)

        return await self.transactions.run(count)

    async def _recount_week(self, caller: Caller, subject_id: str, monday: str) -> None:
        await self.transactions.run(lambda tx: self.tallies.settle_week(caller, subject_id, monday, tx))
