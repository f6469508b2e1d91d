"""Keeps the log of notices and who wants none. It decides on no mail, and knows no rule."""

import datetime as dt
import hmac
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.notices.errors import OptOutLinkInvalid
from attendance_backend.domains.notices.repository import NoticeRepository, OptOutRepository
from attendance_backend.domains.notices.schemas import (
    CORRECTED,
    EXPIRED,
    Draft,
    Notice,
    NoticeKind,
    NoticeState,
    OptOut,
    opt_out_id,
)
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_backend.ports.tokens import TokenSigner
from attendance_kit.errors import NotFound

LINK_PURPOSE = "opt out of notices"


@dataclass(frozen=True)
class NoticeService:
    notices: NoticeRepository
    clock: Clock

    async def told(
        self, caller: Caller, turns: Sequence[str], since: dt.date, tx: Transaction | None = None
    ) -> set[str]:
        """Those of the turns that came on a day from `since` on, whatever became of them."""
        return await self.notices.told(caller, turns, since.isoformat(), tx)

    async def add(self, caller: Caller, drafts: Sequence[Draft], tx: Transaction) -> list[tuple[Notice, Draft]]:
        """Keep a notice of each draft, queued or left out."""
        pairs = [(self._notice(draft), draft) for draft in drafts]
        await self.notices.add(caller, [notice for notice, _ in pairs], tx)
        return pairs

    async def queued(self, notice_id: str) -> Notice | None:
        """The notice, if it waits to be sent."""
        found = await self.notices.by_id(SYSTEM, notice_id)
        return found if found and found.state is NoticeState.QUEUED else None

    async def settle(self, notice: Notice, state: NoticeState, reason: str | None) -> None:
        """Keep what became of a queued notice. One that was stopped by a correction frees its turn for what is left."""
        freed = {"turn": f"{notice.turn}#{notice.id}"} if reason == CORRECTED else {}
        change = {"state": state, "reason": reason, "settled_at": self.clock.now(), **freed}
        await self.notices.settle(SYSTEM, notice.id, change)

    async def page(self, caller: Caller, page: PageRequest) -> Page[Notice]:
        return await self.notices.page(caller, {}, page)

    async def page_of_student(self, caller: Caller, student_id: str, page: PageRequest) -> Page[Notice]:
        """The notices about one student.

        Raises:
            NotFound: the caller is neither that student nor has them in their care.
        """
        if not caller.may_see(student_id):
            raise NotFound
        return await self.notices.page(caller, {"student_id": student_id}, page)

    async def forget(self, kept_for: dt.timedelta, sent_within: dt.timedelta) -> int:
        """Delete what was kept long enough, how many; what waited longer than any mail does has failed."""
        now = self.clock.now()
        failed = {"state": NoticeState.FAILED, "reason": EXPIRED, "settled_at": now}
        await self.notices.settle_older(SYSTEM, now - sent_within, failed)
        return await self.notices.forget_older(SYSTEM, now - kept_for)

    def _notice(self, draft: Draft) -> Notice:
        about, to, now = draft.occasion, draft.recipient, self.clock.now()
        return Notice(
            id=new_id(),
            turn=draft.turn,
            kind=about.kind,
            date=about.date.isoformat(),
            audience=to.audience,
            person_id=to.person_id,
            other_id=to.other_id,
            address=to.address,
            student_id=about.student_id,
            subject_id=about.subject_id,
            session_ids=list(about.session_ids),
            state=NoticeState.LEFT_OUT if draft.left_out else NoticeState.QUEUED,
            reason=draft.left_out,
            at=now,
            settled_at=now if draft.left_out else None,
        )


@dataclass(frozen=True)
class OptOutService:
    opt_outs: OptOutRepository
    audit: AuditService
    tokens: TokenSigner
    clock: Clock

    async def among(
        self, caller: Caller, people: Iterable[str], kinds: Collection[NoticeKind], tx: Transaction | None = None
    ) -> dict[str, OptOut]:
        """The opt-outs of these people from these kinds, by id."""
        asked = sorted({opt_out_id(person, kind) for person in people for kind in kinds})
        return {found.id: found for found in await self.opt_outs.by_ids(caller, asked, tx)}

    async def out(self, caller: Caller, person_id: str, kind: NoticeKind, tx: Transaction) -> None:
        """Let somebody have no notices of a kind from now on; who has none already stays so."""
        if await self.among(caller, [person_id], [kind], tx):
            return
        made = OptOut(id=opt_out_id(person_id, kind), person_id=person_id, kind=kind, at=self.clock.now())
        await self.opt_outs.add(caller, made, tx)
        await self.audit.note(caller, "opted out of notices", person_id, {"kind": kind}, tx)

    async def back_in(self, caller: Caller, person_id: str, kind: NoticeKind, tx: Transaction) -> None:
        if await self.opt_outs.remove(caller, opt_out_id(person_id, kind), tx):
            await self.audit.note(caller, "opted into notices", person_id, {"kind": kind}, tx)

    def of_link(self, token: str) -> tuple[str, NoticeKind]:
        """Who opts out of what by a link.

        Raises:
            OptOutLinkInvalid: we never made it.
        """
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self.tokens.derive(LINK_PURPOSE, signed).encode()):
            raise OptOutLinkInvalid
        person_id, _, kind = signed.rpartition(":")
        return person_id, NoticeKind(kind)
