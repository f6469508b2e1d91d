"""Writes records and keeps their history and their tally with them. Whether it is the time for that, others know."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from attendance_backend.documents import new_id
from attendance_backend.domains.attendance.schemas import Session
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.records.repository import RecordRepository
from attendance_backend.domains.records.schemas import (
    AttendanceRecord,
    Change,
    Correction,
    Entry,
    FaceEvidence,
    RecordHistory,
    RecordLine,
    RecordTold,
    Source,
)
from attendance_backend.domains.tallies.faces.schemas import NO_OUTCOME, Outcomes, Photographed
from attendance_backend.domains.tallies.faces.service import FaceTallyService
from attendance_backend.domains.tallies.schemas import NONE, Counts
from attendance_backend.domains.tallies.service import TallyService
from attendance_backend.domains.webhooks.schemas import EventType
from attendance_backend.domains.webhooks.service import WebhookService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound


class RecordService:
    def __init__(
        self,
        records: RecordRepository,
        tallies: TallyService,
        faces: FaceTallyService,
        audit: AuditService,
        webhooks: WebhookService,
        clock: Clock,
    ) -> None:
        self._records = records
        self._tallies = tallies
        self._faces = faces
        self._audit = audit
        self._webhooks = webhooks
        self._clock = clock

    def every(self, caller: Caller) -> AsyncIterator[list[RecordTold]]:
        """Every record, some at a time."""
        return self._records.every(caller)

    def every_history(self, caller: Caller) -> AsyncIterator[list[RecordHistory]]:
        """The history of every record, some at a time."""
        return self._records.every_history(caller)

    async def write(self, caller: Caller, session: Session, entries: Sequence[Entry], tx: Transaction) -> int:
        """Write a record for each entry, changing those of an earlier closing; how many the session has then."""
        before = {record.student_id: record for record in await self._records.of_session(caller, session.id, tx)}
        first = [self._first(caller, session, entry) for entry in entries if entry.student_id not in before]
        known = [(before[entry.student_id], entry) for entry in entries if entry.student_id in before]
        again = [(record, self._again(caller, record, entry)) for record, entry in known]
        await self._records.add(caller, first, tx)
        await self._replace(caller, [(old, new) for old, new in again if new != old], tx)
        await self._count(caller, [(None, record) for record in first], tx)
        if session.photographed or before:
            told = session.photographed
            await self._faces.put_faces(caller, session.id, session.subject_id, session.date, told, tx)
        return len(before) + len(first)

    async def correct(
        self,
        caller: Caller,
        given: Sequence[tuple[AttendanceRecord, Correction]],
        tx: Transaction,
        source: Source = Source.MANUAL,
    ) -> list[AttendanceRecord]:
        """The records as corrected, in their order; no record is given twice."""
        pairs = [(record, _with(record, self._corrected(caller, record, new, source))) for record, new in given]
        await self._replace(caller, pairs, tx)
        for old, new in pairs:
            told = {"from": old.status, "to": new.status, "source": source}
            await self._audit.note(caller, "record corrected", new.id, told, tx)
        await self._webhooks.tell(caller, EventType.RECORD_CORRECTED, [_told(old, new) for old, new in pairs], tx)
        return [new for _, new in pairs]

    async def record(self, caller: Caller, record_id: str, tx: Transaction) -> AttendanceRecord:
        """One record.

        Raises:
            NotFound: there is none, or the caller may not touch its subject.
        """
        (found,) = await self.by_ids(caller, [record_id], tx)
        return found

    async def by_ids(self, caller: Caller, record_ids: Sequence[str], tx: Transaction) -> list[AttendanceRecord]:
        """The records of these ids, in their order.

        Raises:
            NotFound: one of them is not there, or the caller may not touch its subject.
        """
        found = {record.id: record for record in await self._records.by_ids(caller, record_ids, tx)}
        if missing := [record_id for record_id in record_ids if record_id not in found]:
            raise NotFound(reasons=missing)
        return [found[record_id] for record_id in record_ids]

    async def of_session(
        self, caller: Caller, session_id: str, tx: Transaction | None = None
    ) -> list[AttendanceRecord]:
        return await self._records.of_session(caller, session_id, tx)

    async def of_sessions(
        self, caller: Caller, session_ids: Collection[str], tx: Transaction | None = None
    ) -> Mapping[str, list[AttendanceRecord]]:
        """The records of several sessions, by session; none for one that has none."""
        return await self._records.of_sessions(caller, session_ids, tx)

    async def of_a_student(self, caller: Caller, record_id: str) -> AttendanceRecord:
        """One record of a student whom the caller is or has in their care.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        found = await self._records.by_id(caller, record_id)
        if found is None or not caller.may_see(found.student_id):
            raise NotFound
        return found

    async def remove_day(
        self, caller: Caller, subject_id: str, date: str, session_ids: Collection[str], tx: Transaction
    ) -> int:
        """Forget all records of a subject's day, and what they add up to; how many there were."""
        await self._tallies.remove(caller, subject_id, date, tx)
        await self._faces.remove(caller, session_ids, tx)
        return await self._records.remove_of_sessions(caller, session_ids, tx)

    async def strip_evidence(self, caller: Caller, student_id: str, until: datetime) -> int:
        """Take the evidence of photos taken before `until` off a student's records; how many had some."""
        return await self._records.strip_evidence(caller, student_id, until)

    async def page(self, caller: Caller, session_id: str, page: PageRequest) -> Page[AttendanceRecord]:
        return await self._records.page(caller, session_id, page)

    async def page_of_student(
        self, caller: Caller, student_id: str, wanted: Mapping[str, Any], page: PageRequest
    ) -> Page[AttendanceRecord]:
        """One student's records.

        Raises:
            NotFound: the caller is neither that student nor has them in their care.
        """
        if not caller.may_see(student_id):
            raise NotFound
        return await self._records.page_of_student(caller, student_id, wanted, page)

    async def lines(self, caller: Caller, date: str, subject_id: str | None) -> list[RecordLine]:
        """The records of a day that the caller may touch, by subject, without their histories."""
        return await self._records.lines(caller, date, subject_id)

    async def recount(
        self,
        caller: Caller,
        subject_id: str,
        date: str,
        sessions: Mapping[str, Photographed | None],
        tx: Transaction,
    ) -> bool:
        """Count the records of all sessions of a subject's day anew; whether something else was kept.

        The sessions come with what their photos showed.
        """
        await self._records.put_date(caller, sessions.keys(), date, tx)
        counted: dict[str, Counts] = defaultdict(Counts)
        outcomes: dict[str, Outcomes] = defaultdict(Outcomes)
        for records in (await self._records.of_sessions(caller, sessions.keys(), tx)).values():
            for record in records:
                counted[record.student_id] += record.counts
                outcomes[record.session_id] += record.outcome
        faces = {session_id: (told, outcomes[session_id]) for session_id, told in sessions.items()}
        wrong = await self._faces.settle(caller, subject_id, date, faces, tx)
        return await self._tallies.settle(caller, subject_id, date, counted, tx) or wrong

    async def _replace(
        self, caller: Caller, pairs: Sequence[tuple[AttendanceRecord, AttendanceRecord]], tx: Transaction
    ) -> None:
        await self._records.replace(caller, [new for _, new in pairs], tx)
        await self._count(caller, pairs, tx)

    async def _count(
        self, caller: Caller, pairs: Sequence[tuple[AttendanceRecord | None, AttendanceRecord]], tx: Transaction
    ) -> None:
        more: dict[tuple[str, str], dict[str, Counts]] = defaultdict(lambda: defaultdict(Counts))
        outcomes: dict[tuple[str, str, str], Outcomes] = defaultdict(Outcomes)
        for old, new in pairs:
            more[new.subject_id, new.date][new.student_id] += new.counts - (old.counts if old else NONE)
            outcomes[new.session_id, new.subject_id, new.date] += new.outcome - (old.outcome if old else NO_OUTCOME)
        for (subject_id, date), students in more.items():
            await self._tallies.add(caller, subject_id, date, students, tx)
        for session, change in outcomes.items():
            await self._faces.add(caller, *session, change, tx)

    def _first(self, caller: Caller, session: Session, entry: Entry) -> AttendanceRecord:
        change = self._change(caller, None, entry)
        return AttendanceRecord(
            id=new_id(),
            session_id=session.id,
            subject_id=session.subject_id,
            student_id=entry.student_id,
            date=session.date,
            seen=entry.seen,
            history=[change],
            **_present(change),
        )

    def _again(self, caller: Caller, record: AttendanceRecord, entry: Entry) -> AttendanceRecord:
        """The record of an earlier closing as it is by a new one: the same, if both say the same."""
        seen = record.model_copy(update={"seen": entry.seen})
        return seen if record.says(entry) else _with(seen, self._change(caller, record, entry))

    def _change(self, caller: Caller, before: AttendanceRecord | None, entry: Entry) -> Change:
        told = entry.model_dump(include={"source", "reason", "minutes_late", "left_at"})
        return Change(
            at=self._clock.now(),
            by=caller.id,
            from_status=before and before.status,
            to=entry.status,
            evidence=entry.evidence,
            **told,
        )

    def _corrected(self, caller: Caller, record: AttendanceRecord, new: Correction, source: Source) -> Change:
        told = new.model_dump(include={"status", "reason", "minutes_late", "left_at"})
        return self._change(caller, record, Entry(student_id=record.student_id, source=source, **told))


def _told(old: AttendanceRecord, new: AttendanceRecord) -> dict[str, object]:
    """What other programs are told of a correction: no name, no reason."""
    about = new.model_dump(include={"session_id", "subject_id", "student_id", "date", "source"})
    return {"record_id": new.id, **about, "from": old.status, "to": new.status}


def _with(record: AttendanceRecord, change: Change) -> AttendanceRecord:
    return record.model_copy(update={**_present(change), "history": [*record.history, change]})


def _present(change: Change) -> dict[str, Any]:
    """The fields of a record that tell of its latest change."""
    evidence = change.evidence
    measured = {name: getattr(evidence, name, None) for name in FaceEvidence.model_fields}
    told = change.model_dump(include={"source", "at", "by", "minutes_late", "left_at"})
    return {"status": change.to, **told, **measured}
