"""Keeps terms, holidays, rooms and timetables, and plans lessons by them. It knows no session."""

import datetime as dt
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.timetable import policy
from attendance_backend.domains.timetable.errors import RangeTooLong, TermsOverlap, TimetableClash, UnknownRoom
from attendance_backend.domains.timetable.policy import clash
from attendance_backend.domains.timetable.repository import DaysRepository, RoomRepository, TimetableRepository
from attendance_backend.domains.timetable.schemas import (
    MAX_DAYS,
    DaysChange,
    Entry,
    Lesson,
    NamedDays,
    NewHoliday,
    NewRoom,
    NewTerm,
    NewTimetable,
    Room,
    Timetable,
)
from attendance_backend.institution import Institution
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_backend.versions import check_version
from attendance_kit.errors import InvalidRequest, NotFound

__all__ = ["HolidayService", "RoomService", "TermService", "TimetableService", "UnknownRoom", "clash"]


class DaysService:
    """Terms or holidays: stretches of days with a name. Terms have no day in common, holidays may lie as they like."""

    def __init__(
        self, kind: str, stretches: DaysRepository, audit: AuditService, clock: Clock, *, lie_apart: bool
    ) -> None:
        self._kind = kind
        self._lie_apart = lie_apart
        self._stretches = stretches
        self._audit = audit
        self._clock = clock

    async def page(self, caller: Caller, page: PageRequest) -> Page[NamedDays]:
        return await self._stretches.page(caller, page)

    async def between(
        self, caller: Caller, first: dt.date, last: dt.date, tx: Transaction | None = None
    ) -> list[NamedDays]:
        """Those with a day from the first to the last."""
        return await self._stretches.between(caller, first.isoformat(), last.isoformat(), tx)

    async def add(self, caller: Caller, new: NewTerm | NewHoliday, tx: Transaction) -> NamedDays:
        made = self.made(new)
        await self._check(caller, made, tx)
        await self._stretches.add(caller, made, tx)
        return await self._noted(caller, made, "added", tx)

    def made(self, new: NewTerm | NewHoliday, external_id: str | None = None) -> NamedDays:
        """A stretch as `take_over` keeps it."""
        days = new.model_dump(mode="json")
        return NamedDays(id=new_id(), **days, external_id=external_id, created_at=self._clock.now())

    async def take_over(
        self, caller: Caller, new: Sequence[NamedDays], changes: Mapping[str, Mapping[str, object]], tx: Transaction
    ) -> None:
        """New ones and changed fields of those there are, by id. Whoever takes them over has checked and notes them."""
        await self._stretches.take_over(caller, new, changes, tx)

    async def change(self, caller: Caller, stretch_id: str, given: DaysChange, tx: Transaction) -> NamedDays:
        """The stretch as it is kept from now on.

        Raises:
            NotFound: there is none of this id.
            InvalidRequest: its last day would lie before its first.
        """
        before = await self.kept(caller, stretch_id, tx)
        change = given.model_dump(mode="json", exclude_unset=True)
        after = before.model_copy(update=change)
        if after.last_day < after.first_day:
            raise InvalidRequest("The last day lies before the first.", field="last_day")
        await self._check(caller, after, tx)
        if change:
            await self._stretches.change(caller, stretch_id, change, tx)
        return await self._noted(caller, after, "changed", tx)

    async def remove(self, caller: Caller, stretch_id: str, tx: Transaction) -> None:
        kept = await self.kept(caller, stretch_id, tx)
        await self._stretches.remove(caller, stretch_id, tx)
        await self._noted(caller, kept, "removed", tx)

    async def _check(self, caller: Caller, stretch: NamedDays, tx: Transaction) -> None:
        if not self._lie_apart:
            return
        found = await self._stretches.between(caller, stretch.first_day, stretch.last_day, tx)
        if others := [other.name for other in found if other.id != stretch.id]:
            raise TermsOverlap(reasons=others)

    async def kept(self, caller: Caller, stretch_id: str, tx: Transaction | None = None) -> NamedDays:
        """The one of this id.

        Raises:
            NotFound: there is none.
        """
        if found := await self._stretches.by_id(caller, stretch_id, tx):
            return found
        raise NotFound

    async def _noted(self, caller: Caller, stretch: NamedDays, done: str, tx: Transaction) -> NamedDays:
        details = stretch.model_dump(include={"name", "first_day", "last_day"})
        await self._audit.note(caller, f"{self._kind} {done}", stretch.id, details, tx)
        return stretch


class HolidayService(DaysService):
    def __init__(self, holidays: DaysRepository, audit: AuditService, clock: Clock) -> None:
        super().__init__("holiday", holidays, audit, clock, lie_apart=False)


class TermService(DaysService):
    def __init__(self, terms: DaysRepository, audit: AuditService, clock: Clock) -> None:
        super().__init__("term", terms, audit, clock, lie_apart=True)


class RoomService:
    def __init__(self, rooms: RoomRepository, audit: AuditService, clock: Clock) -> None:
        self._rooms = rooms
        self._audit = audit
        self._clock = clock

    async def page(self, caller: Caller, page: PageRequest) -> Page[Room]:
        return await self._rooms.page(caller, page)

    def every(self, caller: Caller) -> AsyncIterator[list[Room]]:
        """Every room, some at a time."""
        return self._rooms.every(caller)

    async def add(self, caller: Caller, new: NewRoom, tx: Transaction) -> Room:
        """A new room.

        Raises:
            RoomNameTaken: by another one.
        """
        room = Room(id=new_id(), name=new.name, created_at=self._clock.now())
        await self._rooms.add(caller, room, tx)
        await self._audit.note(caller, "room added", room.id, {"name": room.name}, tx)
        return room

    async def rename(self, caller: Caller, room_id: str, new: NewRoom, tx: Transaction) -> Room:
        """The room under its new name.

        Raises:
            NotFound: there is none of this id.
            RoomNameTaken: by another one.
        """
        found = await self.room(caller, room_id, tx)
        await self._rooms.rename(caller, room_id, new.name, tx)
        await self._audit.note(caller, "room renamed", room_id, {"name": new.name}, tx)
        return found.model_copy(update={"name": new.name})

    async def room(self, caller: Caller, room_id: str, tx: Transaction | None = None) -> Room:
        """The room of this id.

        Raises:
            NotFound: there is none.
        """
        for found in await self._rooms.by_ids(caller, [room_id], tx):
            return found
        raise NotFound

    async def check(self, caller: Caller, room_ids: Iterable[str | None], tx: Transaction) -> None:
        """Raise UnknownRoom unless all of these are rooms."""
        asked = {room_id for room_id in room_ids if room_id is not None}
        known = {room.id for room in await self._rooms.by_ids(caller, asked, tx)}
        if unknown := sorted(asked - known):
            raise UnknownRoom(field="room_id", reasons=unknown)


class TimetableService:
    def __init__(
        self,
        timetables: TimetableRepository,
        rooms: RoomService,
        terms: TermService,
        holidays: HolidayService,
        institution: Institution,
        audit: AuditService,
    ) -> None:
        self._timetables = timetables
        self._rooms = rooms
        self._terms = terms
        self._holidays = holidays
        self._institution = institution
        self._audit = audit

    async def timetable(self, caller: Caller, subject_id: str) -> Timetable:
        """A subject's timetable; whether the caller may touch the subject is for the flow to see."""
        return await self._timetables.of(caller, subject_id)

    def every(self, caller: Caller) -> AsyncIterator[list[Timetable]]:
        """Every timetable, some at a time."""
        return self._timetables.every(caller)

    async def replace(
        self, caller: Caller, subject_id: str, new: NewTimetable, expected: int | None, tx: Transaction
    ) -> Timetable:
        """A subject's timetable as it is from now on. Sessions that were opened stay as they are.

        Raises:
            VersionConflict: it was changed since the caller looked.
            UnknownRoom: naming the ids that are no room's.
            TimetableClash: two entries can fall on the same day and period, which a subject has once.
        """
        before = await self._timetables.of(caller, subject_id, tx)
        check_version(before.version, expected)
        entries = [Entry.of(entry) for entry in new.entries]
        if two := clash(entries):
            raise TimetableClash(f"Entries {two[0]} and {two[1]} can fall on the same day and period.")
        await self._rooms.check(caller, [entry.room_id for entry in entries], tx)
        after = Timetable(id=subject_id, entries=entries, version=before.version + 1)
        await self._timetables.replace(caller, after, before, tx)
        details = {"entries": len(entries), "version": after.version}
        await self._audit.note(caller, "timetable changed", subject_id, details, tx)
        return after

    async def of_subjects(
        self, caller: Caller, subject_ids: Collection[str], tx: Transaction | None = None
    ) -> Mapping[str, Timetable]:
        """Those timetables that there are, by subject."""
        return {one.id: one for one in await self._timetables.mine(caller, subject_ids, tx)}

    async def take_over(self, caller: Caller, timetables: Sequence[Timetable], tx: Transaction) -> None:
        """Many timetables as they are from now on. Whoever takes them over has looked them through, and notes it."""
        await self._timetables.replace_many(caller, timetables, tx)

    async def lessons(
        self,
        caller: Caller,
        first: dt.date,
        last: dt.date,
        subject_ids: Collection[str] | None = None,
        tx: Transaction | None = None,
    ) -> list[Lesson]:
        """The lessons from the first to the last day, of these subjects or of every one that the caller may touch.

        Raises:
            InvalidRequest: the last day lies before the first.
            RangeTooLong: there are more than `MAX_DAYS` between them.
        """
        check_range(first, last)
        calendar = await self._calendar(caller, first, last, tx)
        return list(policy.lessons(calendar, await self._entries(caller, subject_ids, tx), first, last))

    async def all_lessons(
        self, caller: Caller, first: dt.date, last: dt.date, subject_ids: Collection[str]
    ) -> list[Lesson]:
        """As `lessons`, however many days there are: `MAX_DAYS` are planned at a time."""
        found: list[Lesson] = []
        for step in range(0, (last - first).days + 1, MAX_DAYS):
            begins = first + dt.timedelta(days=step)
            ends = min(last, begins + dt.timedelta(days=MAX_DAYS - 1))
            found += await self.lessons(caller, begins, ends, subject_ids)
        return found

    async def lessons_on(
        self, caller: Caller, wanted: Iterable[tuple[str, dt.date]], tx: Transaction
    ) -> Mapping[tuple[str, dt.date, int], Lesson]:
        """The lessons of these subjects on these days, however far apart, by subject, day and period."""
        asked = set(wanted)
        days = sorted({day for _, day in asked})
        calendar = await self._calendar(caller, days[0], days[-1], tx)
        entries = await self._entries(caller, {subject_id for subject_id, _ in asked}, tx)
        found = [lesson for day in days for lesson in policy.lessons(calendar, entries, day, day)]
        return {(lesson.subject_id, lesson.date, lesson.period): lesson for lesson in found}

    async def _calendar(self, caller: Caller, first: dt.date, last: dt.date, tx: Transaction | None) -> policy.Calendar:
        return policy.Calendar(
            terms=await self._terms.between(caller, first, last, tx),
            holidays=await self._holidays.between(caller, first, last, tx),
            zone=(await self._institution.here()).time_zone,
        )

    async def _entries(
        self, caller: Caller, subject_ids: Collection[str] | None, tx: Transaction | None
    ) -> Mapping[str, list[Entry]]:
        return {one.id: one.entries for one in await self._timetables.mine(caller, subject_ids, tx)}


def check_range(first: dt.date, last: dt.date) -> None:
    """Raise unless a range of days is in order and can be planned at once."""
    if last < first:
        raise InvalidRequest("The last day lies before the first.", field="to")
    if (last - first).days >= MAX_DAYS:
        raise RangeTooLong(limit=MAX_DAYS)
