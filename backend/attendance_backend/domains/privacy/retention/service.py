"""Removes what was kept long enough, some at a time, and says how much in the audit log. It can tell before it does."""

from datetime import datetime, timedelta

import structlog

from attendance_backend.documents import new_id
from attendance_backend.domains.attendance.evidence.schemas import OldSession
from attendance_backend.domains.attendance.evidence.service import TraceService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.privacy.kept.service import KeptService
from attendance_backend.domains.privacy.retention.schemas import Due, OldDay, Removed
from attendance_backend.domains.records.service import RecordService
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.photos import PhotoStore
from attendance_backend.ports.store import Transaction, Transactions

AT_ONCE = 200
"""Photos, or sessions, of one run: each photo is a commit or two of the database, and others wait for it."""
ORPHAN_AFTER = timedelta(days=1)
"""A photo is kept before its capture is; a day later no process can still be about to tell of it."""
log = structlog.stdlib.get_logger(__name__)


class RetentionService:
    def __init__(
        self,
        institution: InstitutionService,
        traces: TraceService,
        kept: KeptService,
        records: RecordService,
        photos: PhotoStore,
        audit: AuditService,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._institution = institution
        self._traces = traces
        self._kept = kept
        self._records = records
        self._photos = photos
        self._audit = audit
        self._transactions = transactions
        self._clock = clock

    async def due(self, caller: Caller) -> Due:
        """What goes next, changing nothing."""
        rules, now = await self._institution.settings(caller), self._clock.now()
        photos_before = now - timedelta(days=rules.class_photo_days)
        photos = await self._traces.old_photos(caller, photos_before, AT_ONCE)
        day = _years_before(now, rules.record_years) if rules.record_years else None
        sessions = await self._traces.old_sessions(caller, day, AT_ONCE) if day else []
        lying = await self._photos.lying_since(now - ORPHAN_AFTER)
        return Due(
            photos_before=photos_before,
            photos=[photo.capture_id for photo in photos],
            oldest_photo=photos[0].submitted_at if photos else None,
            day=day,
            days=_by_day(sessions),
            orphans=(await self._kept.orphans(caller, lying))[:AT_ONCE],
            old=await self._kept.old(caller, now, day, AT_ONCE),
        )

    async def remove(self, caller: Caller) -> Removed:
        """Remove what goes next. May be cut short anywhere and done again."""
        due = await self.due(caller)
        if not due:
            return Removed()
        for photo in due.photos:
            await self._traces.erase_photo(caller, photo)
        records = [await self._remove_day(caller, day) for day in due.days]
        for orphan in due.orphans:
            await self._photos.destroy(orphan)
            log.warning("orphan_photo_removed", photo=orphan)
        sessions = sum(len(day.session_ids) for day in due.days)
        others = sum(len(ids) for ids in due.old.values())
        removed = Removed(len(due.photos), sessions, sum(records), len(due.orphans), others)

        async def remove_others(tx: Transaction) -> None:
            await self._kept.remove(caller, due.old, tx)
            await self._tell(caller, removed, tx)

        await self._transactions.run(remove_others)
        return removed

    async def _remove_day(self, caller: Caller, day: OldDay) -> int:
        """All of a subject's day at once, so that its totals and its records go together; how many records."""
        for photo in await self._traces.photos_of(caller, day.session_ids):
            await self._traces.erase_photo(caller, photo)

        async def remove(tx: Transaction) -> int:
            removed = await self._records.remove_day(caller, day.subject_id, day.date, day.session_ids, tx)
            await self._kept.remove_of_sessions(caller, day.session_ids, tx)
            await self._traces.remove_sessions(caller, day.session_ids, tx)
            return removed

        return await self._transactions.run(remove)

    async def _tell(self, caller: Caller, removed: Removed, tx: Transaction) -> None:
        counts: dict[str, str | int | bool | None] = {
            "photos": removed.photos,
            "sessions": removed.sessions,
            "records": removed.records,
            "orphans": removed.orphans,
            "others": removed.others,
        }
        await self._audit.note(caller, "kept long enough", new_id(), counts, tx)


def _by_day(sessions: list[OldSession]) -> list[OldDay]:
    """Whole days: the last one may have more sessions than were asked for, so it waits where there are others."""
    last = sessions[-1].date if len(sessions) == AT_ONCE and sessions[0].date != sessions[-1].date else None
    days: dict[tuple[str, str], list[str]] = {}
    for session in (one for one in sessions if one.date != last):
        days.setdefault((session.subject_id, session.date), []).append(session.session_id)
    return [OldDay(subject, date, tuple(ids)) for (subject, date), ids in days.items()]


def _years_before(now: datetime, years: int) -> str:
    """The day so many years ago, as sessions have it."""
    return f"{max(now.year - years, 1):04d}-{now:%m-%d}"
