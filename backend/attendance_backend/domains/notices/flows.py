"""Notices as a story: what a rule finds is queued once, and looked at again right before it is sent."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.notices import policy
from attendance_backend.domains.notices.errors import NoMailServer
from attendance_backend.domains.notices.occasions.flows import OccasionFlows
from attendance_backend.domains.notices.rules.schemas import NewNotice, Rule, SentByHand
from attendance_backend.domains.notices.rules.service import RuleService
from attendance_backend.domains.notices.schemas import (
    CORRECTED,
    OPTED_OUT,
    Draft,
    Notice,
    NoticeKind,
    NoticeState,
    PreviewLine,
    opt_out_id,
)
from attendance_backend.domains.notices.service import LINK_PURPOSE, NoticeService, OptOutService
from attendance_backend.domains.outbox.schemas import NewMail, SecretLink
from attendance_backend.domains.outbox.service import OutboxService
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.records.schemas import Attendance
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.institution import Institution, Place
from attendance_backend.paging import MAX_LIMIT, Page, PageRequest
from attendance_backend.ports.store import Transaction, Transactions
from attendance_kit.errors import NotFound

AT_ONCE = 200
"""Mails of one rule in one run: the next comes soon, and other jobs wait."""
ONE_CLICK_PAGE = "/api/v1/notices/opt-out"
SENT_WITHIN = dt.timedelta(days=2)
"""What the outbox has not got rid of by then it has forgotten."""
Drafts = Sequence[Draft]


@dataclass(frozen=True)
class NoticeFlows:
    rules: RuleService
    occasions: OccasionFlows
    notices: NoticeService
    opt_outs: OptOutService
    people: PeopleService
    teaching: TeachingService
    outbox: OutboxService
    audit: AuditService
    institution: Institution
    school: InstitutionService
    transactions: Transactions

    async def preview(self, caller: Caller, kind: NoticeKind, page: PageRequest) -> Page[PreviewLine]:
        """Who would be sent what by a rule if it were on and carried out now. Nothing is."""
        planned = await self._planned(await self.rules.rule(caller, kind), await self.institution.here())
        return _shown(planned, page)

    async def run(self) -> None:
        """Carry out the rules that are due, each as far as one run goes. May be cut short anywhere and done again."""
        if not self.outbox.sends:
            return
        here = await self.institution.here()
        for rule in await self.rules.all(SYSTEM):
            if rule.is_due(here.now.astimezone(here.time_zone)):
                await self._carry_out(rule, here)

    async def preview_by_hand(
        self, caller: Caller, subject_id: str, new: NewNotice, page: PageRequest
    ) -> Page[PreviewLine]:
        """Who would be sent what by hand. Nothing is sent."""
        return _shown(await self._by_hand(caller, subject_id, new, "", None), page)

    async def send_by_hand(self, caller: Caller, subject_id: str, new: NewNotice, tx: Transaction) -> SentByHand:
        """Write to students of a subject, or their guardians.

        Raises:
            NotFound: no such subject for this caller, or one of the students is not on its roster today.
            InvalidRequest: of the text.
            NoMailServer: nothing can be sent.
        """
        number = new_id()
        planned = await self._by_hand(caller, subject_id, new, number, tx)
        if not self.outbox.sends:
            raise NoMailServer
        queued = await self._queue(caller, planned, tx)
        sent = SentByHand(queued=queued, left_out=len(planned) - queued)
        await self.audit.note(caller, "notice sent by hand", subject_id, {"notice": number, **dict(sent)}, tx)
        return sent

    async def forget_old(self) -> None:
        """Delete what the school keeps no longer."""
        kept_for = dt.timedelta(days=(await self.school.settings(SYSTEM)).message_days)
        await self.notices.forget(kept_for, SENT_WITHIN)

    async def _by_hand(
        self, caller: Caller, subject_id: str, new: NewNotice, number: str, tx: Transaction | None
    ) -> list[Draft]:
        policy.check_text(NoticeKind.BY_HAND, new.text)
        subject, today = await self.teaching.subject(caller, subject_id, tx), (await self.institution.here()).today
        roster = await self.teaching.roster(caller, subject_id, today, tx)
        asked = roster if new.student_ids is None else list(dict.fromkeys(new.student_ids))
        if strangers := sorted(set(asked) - set(roster)):
            raise NotFound(reasons=strangers)
        students = await self.people.by_ids(caller, asked, tx)
        occasions = await self.occasions.by_hand(subject, students, new.to, number, today)
        people = {one for about in occasions for to in about.recipients for one in to.ids}
        unwanted = await self.opt_outs.among(caller, people, [NoticeKind.BY_HAND], tx)
        return policy.drafts(occasions, new.text, unwanted)

    async def _planned(self, rule: Rule, here: Place) -> list[Draft]:
        occasions = await self.occasions.of_rule(rule, here)
        people = {one for about in occasions for to in about.recipients for one in to.ids}
        unwanted = await self.opt_outs.among(SYSTEM, people, [rule.kind])
        return await self._untold(rule, policy.drafts(occasions, rule.text, unwanted), None)

    async def _untold(self, rule: Rule, planned: Drafts, tx: Transaction | None) -> list[Draft]:
        if not planned:
            return []
        since = planned[0].occasion.date - dt.timedelta(days=rule.days_between - 1)
        return policy.untold(planned, await self.notices.told(SYSTEM, [draft.turn for draft in planned], since, tx))

    async def _carry_out(self, rule: Rule, here: Place) -> None:
        planned = await self._planned(rule, here)
        for some in _by_student(planned[:AT_ONCE]):
            await self._tell(rule, some)
        if len(planned) <= AT_ONCE:
            await self.rules.ran(rule, here.today)

    async def _tell(self, rule: Rule, planned: Drafts) -> None:
        """Queue what nobody queued meanwhile: of two processes that tell of one student, one comes after the other."""
        student_id = planned[0].occasion.student_id

        async def tell(tx: Transaction) -> None:
            if student_id:
                await self.people.hold(SYSTEM, student_id, tx)
            await self._queue(SYSTEM, await self._untold(rule, planned, tx), tx)

        await self.transactions.run(tell)

    async def _queue(self, caller: Caller, planned: Drafts, tx: Transaction) -> int:
        """Keep a notice of each, and send those that are not left out; how many those are."""
        kept = await self.notices.add(caller, planned, tx)
        mails = [_mail(notice, draft) for notice, draft in kept if draft.left_out is None]
        await self.outbox.queue_many(caller, mails, tx)
        return len(mails)


@dataclass(frozen=True)
class NoticeFollower:
    """Follows a notice's mail: stops it where it came to be unwanted or untrue, and keeps what became of it."""

    notices: NoticeService
    opt_outs: OptOutService
    records: RecordService

    async def still_wanted(self, about: str) -> bool:
        notice = await self.notices.queued(about)
        if notice is None:
            return False
        reason = await self._objection(notice)
        if reason:
            await self.notices.settle(notice, NoticeState.LEFT_OUT, reason)
        return reason is None

    async def settled(self, about: str, reason: str | None) -> None:
        if notice := await self.notices.queued(about):
            await self.notices.settle(notice, NoticeState.FAILED if reason else NoticeState.SENT, reason)

    async def _objection(self, notice: Notice) -> str | None:
        ids = [one for one in (notice.person_id, notice.other_id) if one]
        if await self.opt_outs.among(SYSTEM, ids, [notice.kind]):
            return OPTED_OUT
        if notice.kind is NoticeKind.ABSENCE and not await self._all_absent(notice):
            return CORRECTED
        return None

    async def _all_absent(self, notice: Notice) -> bool:
        """Whether every record that an absence was told of still says so."""
        day = PageRequest(MAX_LIMIT)
        found = await self.records.page_of_student(SYSTEM, notice.student_id or "", {"date": notice.date}, day)
        absent = {one.session_id for one in found.items if one.status is Attendance.ABSENT}
        return absent.issuperset(notice.session_ids)


def _by_student(planned: Drafts) -> list[list[Draft]]:
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in planned:
        groups[draft.occasion.student_id or draft.turn].append(draft)
    return list(groups.values())


def _mail(notice: Notice, draft: Draft) -> NewMail:
    leave = SecretLink(page=ONE_CLICK_PAGE, purpose=LINK_PURPOSE, of=opt_out_id(notice.person_id, notice.kind))
    return NewMail(to=notice.address or "", subject=draft.subject, text=draft.text, one_click=leave, about=notice.id)


def _shown(planned: Drafts, page: PageRequest) -> Page[PreviewLine]:
    rows = [{"_id": draft.turn, "line": PreviewLine.of(draft)} for draft in planned]
    return page.of(rows, lambda row: row["line"])
