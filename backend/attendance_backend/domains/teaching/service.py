"""Keeps subjects and rosters, and says which subjects a caller may touch."""

import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.teaching import policy
from attendance_backend.domains.teaching.errors import RosterFull
from attendance_backend.domains.teaching.policy import periods_of
from attendance_backend.domains.teaching.repository import RosterRepository, SubjectRepository
from attendance_backend.domains.teaching.schemas import (
    MAX_ROSTER,
    Enrolment,
    NewRoster,
    NewSubject,
    Period,
    RosterPlace,
    Subject,
    SubjectChange,
)
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_backend.versions import check_version
from attendance_kit.errors import NotFound

__all__ = ["TeachingService", "periods_of"]


class TeachingService:
    def __init__(
        self, subjects: SubjectRepository, rosters: RosterRepository, audit: AuditService, clock: Clock
    ) -> None:
        self._subjects = subjects
        self._rosters = rosters
        self._audit = audit
        self._clock = clock

    async def reach_of(self, caller: Caller) -> Caller:
        """The caller with the subjects they may touch: an administrator all, a teacher those they teach."""
        if caller.role is Role.ADMINISTRATOR:
            return replace(caller, subject_ids=None)
        if caller.role is Role.TEACHER:
            return replace(caller, subject_ids=await self._subjects.taught_by(caller, caller.id))
        return caller

    async def create(self, caller: Caller, new: NewSubject, tx: Transaction) -> Subject:
        """A new subject.

        Raises:
            SubjectCodeTaken: by another one.
        """
        subject = self.made(new)
        await self._subjects.add(caller, subject, tx)
        await self._audit.note(caller, "subject created", subject.id, {"code": subject.code}, tx)
        return subject

    def made(self, new: NewSubject, external_id: str | None = None) -> Subject:
        """A subject as `take_over` keeps it."""
        return Subject(
            id=new_id(),
            code=new.code,
            name=new.name,
            teacher_ids=list(dict.fromkeys(new.teacher_ids)),
            created_at=self._clock.now(),
            external_id=external_id,
        )

    async def external(self, caller: Caller, tx: Transaction | None = None) -> list[Subject]:
        """The subjects that another system has named."""
        return await self._subjects.external(caller, tx)

    async def take_over(
        self, caller: Caller, new: Sequence[Subject], changes: Mapping[str, Mapping[str, object]], tx: Transaction
    ) -> None:
        """Many new subjects, and changed fields of those there are, by id. Whoever takes them over notes it."""
        await self._subjects.add_many(caller, new, tx)
        await self._subjects.set_many(caller, changes, tx)

    async def places(
        self, caller: Caller, subject_ids: Collection[str], tx: Transaction | None = None
    ) -> list[RosterPlace]:
        """Every place on these rosters, of whatever day."""
        return await self._rosters.of_subjects(caller, subject_ids, tx)

    async def take_over_places(
        self, caller: Caller, new: Sequence[RosterPlace], changed: Sequence[RosterPlace], tx: Transaction
    ) -> None:
        """Many new places, and changed ones. Whoever takes them over has looked that there is room, and notes it."""
        await self._rosters.add(caller, new, tx)
        await self._rosters.change(caller, changed, tx)

    async def change(
        self, caller: Caller, subject_id: str, given: SubjectChange, expected: int | None, tx: Transaction
    ) -> Subject:
        """The subject as it is kept from now on.

        Raises:
            NotFound: no such subject for this caller.
            VersionConflict: it was changed since the caller looked.
            SubjectCodeTaken: by another one.
        """
        before = await self.subject(caller, subject_id, tx)
        check_version(before.version, expected)
        change = given.model_dump(exclude_unset=True)
        if given.teacher_ids is not None:
            change["teacher_ids"] = list(dict.fromkeys(given.teacher_ids))
        after = before.model_copy(update={**change, "version": before.version + 1})
        await self._subjects.replace(caller, after, before, tx)
        await self._audit.note(caller, "subject changed", subject_id, {"fields": ", ".join(sorted(change))}, tx)
        return after

    async def subject(self, caller: Caller, subject_id: str, tx: Transaction | None = None) -> Subject:
        """One subject.

        Raises:
            NotFound: there is none, or the caller may not touch it: the two can't be told apart.
        """
        if found := await self._subjects.by_id(caller, subject_id, tx):
            return found
        raise NotFound

    async def subjects(
        self, caller: Caller, subject_ids: Collection[str], tx: Transaction | None = None
    ) -> Mapping[str, Subject]:
        """Those of the subjects that the caller may touch, by id."""
        return {subject.id: subject for subject in await self._subjects.by_ids(caller, subject_ids, tx)}

    def every(self, caller: Caller) -> AsyncIterator[list[Subject]]:
        """Every subject, some at a time."""
        return self._subjects.every(caller)

    def every_place(self, caller: Caller) -> AsyncIterator[list[RosterPlace]]:
        """Every place on every roster, some at a time."""
        return self._rosters.every(caller)

    async def page(self, caller: Caller, wanted: Mapping[str, str | bool], page: PageRequest) -> Page[Subject]:
        return await self._subjects.page(caller, wanted, page)

    async def enter(self, caller: Caller, subject_id: str, student_id: str, period: Period, tx: Transaction) -> None:
        """Put a student on a roster for a period; what they had before stays.

        Raises:
            NotFound: no such subject for this caller.
            RosterFull: it has `MAX_ROSTER` students.
        """
        await self.subject(caller, subject_id, tx)
        places = {place.student_id: place for place in await self._rosters.places(caller, subject_id, tx)}
        before = places.get(student_id)
        if before is None:
            if sum(place.periods[-1].leaves_on > period.joins_on for place in places.values()) >= MAX_ROSTER:
                raise RosterFull(limit=MAX_ROSTER)
            await self._rosters.add(caller, [self.place(caller, subject_id, student_id, [period])], tx)
        else:
            periods = policy.joined(before.periods, period)
            if periods == before.periods:
                return
            await self._rosters.change(caller, [before.model_copy(update={"periods": periods})], tx)
        details = {"student": student_id, **period.model_dump()}
        await self._audit.note(caller, "roster entered", subject_id, details, tx)

    async def leave(self, caller: Caller, subject_id: str, student_id: str, on: dt.date, tx: Transaction) -> None:
        """Take a student off a roster from a day on; one who is not there stays off."""
        await self.subject(caller, subject_id, tx)
        places = await self._rosters.places(caller, subject_id, tx)
        await self._leave(caller, [place for place in places if place.student_id == student_id], on, tx)

    async def leave_all(self, caller: Caller, student_id: str, on: dt.date, tx: Transaction) -> None:
        """Take a student off every roster from a day on."""
        await self._leave(caller, await self._rosters.places_of(caller, [student_id], tx), on, tx)

    async def leave_many(self, caller: Caller, student_ids: Sequence[str], on: dt.date, tx: Transaction) -> None:
        """Take students off every roster from a day on. Whoever takes them off notes it."""
        await self._rosters.change(caller, _left(await self._rosters.places_of(caller, student_ids, tx), on), tx)

    async def set_roster(self, caller: Caller, subject_id: str, new: NewRoster, tx: Transaction) -> int:
        """Make a roster exactly this, whatever it was; how many students it has then.

        Raises:
            NotFound: no such subject for this caller.
            RosterFull: more than `MAX_ROSTER` students.
        """
        await self.subject(caller, subject_id, tx)
        periods: dict[str, list[Period]] = defaultdict(list)
        for place in new.students:
            periods[place.student_id] = policy.joined(periods[place.student_id], place.period())
        if len(periods) > MAX_ROSTER:
            raise RosterFull(limit=MAX_ROSTER)
        await self._rosters.clear(caller, subject_id, tx)
        places = [self.place(caller, subject_id, student_id, theirs) for student_id, theirs in periods.items()]
        await self._rosters.add(caller, places, tx)
        await self._audit.note(caller, "roster set", subject_id, {"students": len(places)}, tx)
        return len(places)

    async def roster(self, caller: Caller, subject_id: str, on: dt.date, tx: Transaction | None = None) -> list[str]:
        """The ids of the students of a subject on a day.

        Raises:
            NotFound: no such subject for this caller.
        """
        await self.subject(caller, subject_id, tx)
        return await self._rosters.student_ids(caller, subject_id, on.isoformat(), tx)

    async def rosters(
        self, caller: Caller, wanted: Iterable[tuple[str, dt.date]], tx: Transaction | None = None
    ) -> Mapping[tuple[str, dt.date], Sequence[str]]:
        """The ids of the students of each subject on a day; none of a subject that the caller may not touch."""
        asked = set(wanted)
        places: dict[str, list[RosterPlace]] = defaultdict(list)
        for place in await self._rosters.of_subjects(caller, {subject_id for subject_id, _ in asked}, tx):
            places[place.subject_id].append(place)

        def there(subject_id: str, day: str) -> list[str]:
            return [place.student_id for place in places[subject_id] if policy.on_roster(place.periods, day)]

        return {(subject_id, day): there(subject_id, day.isoformat()) for subject_id, day in asked}

    async def attended(self, caller: Caller) -> Mapping[str, Sequence[Period]]:
        """When the students that the caller is or has in their care are on rosters, by subject."""
        found: dict[str, list[Period]] = defaultdict(list)
        for place in await self._rosters.places_of(caller, sorted(caller.student_ids or ())):
            found[place.subject_id] += place.periods
        return found

    async def roster_page(self, caller: Caller, subject_id: str, on: dt.date, page: PageRequest) -> Page[RosterPlace]:
        await self.subject(caller, subject_id)
        return await self._rosters.page(caller, subject_id, on.isoformat(), page)

    async def by_codes(self, caller: Caller, codes: Sequence[str], tx: Transaction | None = None) -> dict[str, Subject]:
        """Those subjects that there are and the caller may touch, by code."""
        return {subject.code: subject for subject in await self._subjects.by_codes(caller, codes, tx)}

    async def enter_many(self, caller: Caller, places: Sequence[tuple[str, str]], on: dt.date, tx: Transaction) -> None:
        """Put students on rosters where they are not that day: pairs of subject and student.

        Who was never there is so from the beginning, who had left from that day. Whoever enters them has looked that
        there is room, and notes it.
        """
        kept = await self._rosters.of_subjects(caller, {subject_id for subject_id, _ in places}, tx)
        before = {(place.subject_id, place.student_id): place for place in kept}
        back = Period(joins_on=on.isoformat())
        returning = [before[pair] for pair in places if pair in before]
        again = [one.model_copy(update={"periods": policy.joined(one.periods, back)}) for one in returning]
        await self._rosters.change(caller, again, tx)
        new = [self.place(caller, *pair, [Period()]) for pair in places if pair not in before]
        await self._rosters.add(caller, new, tx)

    async def _leave(self, caller: Caller, places: Sequence[RosterPlace], on: dt.date, tx: Transaction) -> None:
        changed = _left(places, on)
        await self._rosters.change(caller, changed, tx)
        for place in changed:
            details = {"student": place.student_id, "leaves_on": on.isoformat()}
            await self._audit.note(caller, "roster left", place.subject_id, details, tx)

    def place(
        self,
        caller: Caller,
        subject_id: str,
        student_id: str,
        periods: Sequence[Period],
        enrolments: Sequence[Enrolment] = (),
    ) -> RosterPlace:
        """A new place on a roster, not kept yet."""
        return RosterPlace(
            id=new_id(),
            subject_id=subject_id,
            student_id=student_id,
            added_at=self._clock.now(),
            added_by=caller.id,
            periods=list(periods),
            enrolments=list(enrolments),
        )


def _left(places: Sequence[RosterPlace], on: dt.date) -> list[RosterPlace]:
    """Those of the places that are others once their students have left, as they are then."""
    after = [place.model_copy(update={"periods": policy.left(place.periods, on.isoformat())}) for place in places]
    return [new for new, old in zip(after, places, strict=True) if new.periods != old.periods]
