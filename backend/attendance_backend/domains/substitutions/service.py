"""Keeps who stands in for whom, and for which session. It knows no session itself."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.substitutions.repository import SubstitutionRepository
from attendance_backend.domains.substitutions.schemas import NewSubstitution, Substitution
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound

COUNTS_FOR = timedelta(days=31)
"""After the session's day a substitution opens nothing any more, removed or not: the work is done by then."""


@dataclass(frozen=True)
class SubstitutionService:
    substitutions: SubstitutionRepository
    audit: AuditService
    clock: Clock

    async def name(self, caller: Caller, new: NewSubstitution, tx: Transaction) -> Substitution:
        """Keep who takes a session.

        Raises:
            SubstituteNamed: somebody takes it already.
        """
        told = new.model_dump(mode="json")
        made = Substitution(id=new_id(), **told, named_at=self.clock.now(), named_by=caller.id)
        await self.substitutions.add(caller, made, tx)
        await self.audit.note(caller, "substitute named", made.id, told, tx)
        return made

    async def remove(self, caller: Caller, substitution_id: str, tx: Transaction) -> None:
        """End a substitution: from now on it opens nothing.

        Raises:
            NotFound: there is none of this id.
        """
        kept = await self.substitutions.by_id(caller, substitution_id, tx)
        if kept is None:
            raise NotFound
        await self.substitutions.remove(caller, substitution_id, tx)
        told = kept.model_dump(include={"subject_id", "date", "period", "teacher_id"})
        await self.audit.note(caller, "substitute removed", substitution_id, told, tx)

    async def page(self, caller: Caller, page: PageRequest) -> Page[Substitution]:
        return await self.substitutions.page(caller, page)

    async def of_teacher(self, caller: Caller) -> list[Substitution]:
        """Those in which the caller stands in and that still count."""
        since = (self.clock.now() - COUNTS_FOR).date()
        return await self.substitutions.of_teacher(caller, since.isoformat())

    async def by_lesson(self, caller: Caller, first: dt.date, last: dt.date) -> Mapping[tuple[str, str, int], str]:
        """Who stands in from the first to the last day, by subject, date and period."""
        found = await self.substitutions.between(caller, first.isoformat(), last.isoformat())
        return {(one.subject_id, one.date, one.period): one.teacher_id for one in found}
