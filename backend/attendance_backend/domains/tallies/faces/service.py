"""Counts what photos showed and what became of it, in the transaction that writes records. It reads none itself."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.tallies.faces.repository import FaceTallyRepository
from attendance_backend.domains.tallies.faces.schemas import (
    NO_FACES,
    NO_OUTCOME,
    FaceTally,
    Outcomes,
    Photographed,
)
from attendance_backend.ports.store import Transaction

NO_PHOTO = Photographed(judged=None, faces=NO_FACES)


class FaceTallyService:
    def __init__(self, tallies: FaceTallyRepository) -> None:
        self._tallies = tallies

    async def add(
        self, caller: Caller, session_id: str, subject_id: str, date: str, more: Outcomes, tx: Transaction
    ) -> None:
        """Add to what became of a session's photos; what is to be taken off is negative."""
        if more != NO_OUTCOME:
            await self._tallies.add(caller, _tally(session_id, subject_id, date), more, tx)

    async def put_faces(
        self,
        caller: Caller,
        session_id: str,
        subject_id: str,
        date: str,
        told: Photographed | None,
        tx: Transaction,
    ) -> None:
        """Make the counts of a session's faces these."""
        await self._tallies.put_faces(caller, _tally(session_id, subject_id, date), told or NO_PHOTO, tx)

    async def settle(
        self,
        caller: Caller,
        subject_id: str,
        date: str,
        counted: Mapping[str, tuple[Photographed | None, Outcomes]],
        tx: Transaction,
    ) -> bool:
        """Make the tallies of a subject's day what was counted anew, by session; whether one was anything else."""
        kept = await self._tallies.of_sessions(caller, counted.keys(), tx)
        wrong = False
        for session_id, (photographed, outcomes) in counted.items():
            told = photographed or NO_PHOTO
            empty = _tally(session_id, subject_id, date)
            right = empty.model_copy(update={"judged": told.judged, "faces": told.faces, "outcomes": outcomes})
            if kept.get(session_id, empty) != right:
                await self._tallies.put(caller, right, tx)
                wrong = True
        return wrong

    async def remove(self, caller: Caller, session_ids: Collection[str], tx: Transaction) -> None:
        """Forget what sessions came to, since their records go."""
        await self._tallies.remove(caller, session_ids, tx)

    async def between(
        self, caller: Caller, since: dt.date, until: dt.date, *, subject_id: str | None = None
    ) -> Sequence[FaceTally]:
        """The tallies of the subjects that the caller may touch, from day to day, both included."""
        return await self._tallies.between(caller, since, until, subject_id)


def _tally(session_id: str, subject_id: str, date: str) -> FaceTally:
    return FaceTally(id=session_id, subject_id=subject_id, date=date, month=date[:7])
