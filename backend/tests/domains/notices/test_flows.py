"""Notices of a school by a real mail server: to whom they go, that they go once, and what stops them."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Any, TypeVar

import pytest
from backend.tests.conftest import free_port, inside
from backend.tests.domains.attendance.school import OFFICE, School, a_school
from backend.tests.smtp import UNKNOWN, Mailbox, an_smtp_server

from attendance_backend.domains.identity.schemas import NewAccount, Role
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.notices.errors import OptOutLinkInvalid
from attendance_backend.domains.notices.flows import NoticeFlows
from attendance_backend.domains.notices.rules.schemas import NewNotice, NewRule
from attendance_backend.domains.notices.rules.service import RuleService
from attendance_backend.domains.notices.schemas import Audience, NoticeKind, NoticeState
from attendance_backend.domains.notices.service import NoticeService, OptOutService
from attendance_backend.domains.outbox.service import OutboxService
from attendance_backend.domains.people.schemas import NewGuardian, StudentChange
from attendance_backend.domains.people.service import GuardianService, PeopleService
from attendance_backend.domains.records.flows import RecordFlows
from attendance_backend.domains.records.schemas import Attendance, Correction
from attendance_backend.domains.teaching.schemas import SubjectChange
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.schemas import NewEntry, NewTerm, NewTimetable
from attendance_backend.domains.timetable.service import TermService, TimetableService
from attendance_backend.paging import PageRequest
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.store import Transaction
from attendance_backend.ports.testing import ManualClock

T = TypeVar("T")
NOON = SystemClock().now().replace(hour=12, minute=0, second=0, microsecond=0)
"""Of today, since the outbox forgets by the database's own clock; in Paris it is 13 or 14 o'clock."""
FAMILY = [Audience.STUDENT, Audience.GUARDIANS]
EVERY = PageRequest(200)
MINOR, ADULT, UNREACHED, OTHER = range(4)


@dataclass
class Office:
    """A school with its mail."""

    school: School
    mailbox: Mailbox
    environment: dict[str, str]

    @property
    def flows(self) -> NoticeFlows:
        return self.get(NoticeFlows)

    @property
    def today(self) -> dt.date:
        return self.school.clock.now().date()

    def get(self, kind: type[T]) -> T:
        return self.school.services.get(kind)

    async def do(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        return await self.school.transactions.run(work)

    async def rule(self, kind: NoticeKind, to: list[Audience], text: str = "{name}: {date}", **more: Any) -> None:
        new = NewRule(**{"enabled": True, "to": to, "hour": 9, "text": text, **more})
        await self.do(lambda tx: self.get(RuleService).change(OFFICE, kind, new, None, tx))

    async def absent(self, *numbers: int, period: int = 1) -> str:
        """A closed session of today in which these students were absent, the others there."""
        opened = await self.school.open(period, self.today)
        marks = {s: "absent" if n in numbers else "present" for n, s in enumerate(self.school.students)}
        await self.school.call_roll(opened.id, marks, close=True)
        return opened.id

    async def correct(self, session_id: str, number: int, status: Attendance) -> None:
        record = (await self.school.records(session_id))[self.school.students[number]]
        given = Correction(status=status, reason="a letter")
        await self.do(lambda tx: self.get(RecordFlows).correct(OFFICE, record.id, given, tx))

    async def post(self) -> None:
        """Carry out the rules, and send what waits."""
        await self.flows.run()
        await self.get(OutboxService).send_due()

    async def log(self) -> list[tuple[str | None, str, str | None]]:
        """To whom, and what became of it."""
        found = await self.get(NoticeService).page(OFFICE, EVERY)
        return [(one.address, one.state, one.reason) for one in found.items]

    @property
    def received(self) -> list[str]:
        return sorted(str(mail["To"]) for mail in self.mailbox.taken)


def said(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


async def furnish(school: School) -> None:
    """A minor with a guardian, an adult with an address, somebody who is reached nowhere, and one more."""
    people, guardians = school.services.get(PeopleService), school.services.get(GuardianService)

    async def build(tx: Transaction) -> None:
        minor, adult, _, other = school.students
        change = StudentChange(is_minor=True, email="minor@school.example")
        await people.change(OFFICE, minor, change, None, tx)
        guardian = NewGuardian(name="A guardian", email="guardian@school.example")
        await guardians.add(OFFICE, minor, guardian, tx)
        await people.change(OFFICE, adult, StudentChange(email="adult@school.example"), None, tx)
        parent = NewGuardian(name="An adult's parent", email="parent@school.example")
        await guardians.add(OFFICE, adult, parent, tx)
        await people.change(OFFICE, other, StudentChange(email="other@school.example"), None, tx)

    await school.transactions.run(build)


@pytest.fixture
async def office(environment: dict[str, str]) -> AsyncIterator[Office]:
    with an_smtp_server(port=free_port()) as mailbox:
        environment |= {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mailbox.port),
            "SMTP_TLS": "none",
            "MAIL_FROM": "office@school.example",
            "PUBLIC_URL": "https://school.example",
        }
        async with a_school(environment, 4, clock=ManualClock(NOON)) as school:
            await furnish(school)
            yield Office(school, mailbox, environment)


async def test_an_absence_is_told_once_to_guardians_of_minors_and_to_adults_themselves(office: Office) -> None:
    await office.rule(NoticeKind.ABSENCE, FAMILY, "{name}: {student} on {date}:\n{lessons}\n{school}")
    await office.absent(MINOR, ADULT, UNREACHED)
    before = await office.flows.preview(OFFICE, NoticeKind.ABSENCE, EVERY)
    unsent = office.received
    await office.post()
    await office.absent(MINOR, period=2)
    await office.post()

    [mail] = [mail for mail in office.mailbox.taken if mail["To"] == "guardian@school.example"]
    text = said(mail)
    assert sorted(str(line.address) for line in before.items if not line.left_out) == office.received
    assert unsent == []
    assert office.received == ["adult@school.example", "guardian@school.example"]
    assert mail["Subject"] == f"School · {office.today}"
    assert text.startswith(f"A guardian: a-student on {office.today}:\n1: MATH-1 Mathematics\nSchool\n-- \nhttps://")
    assert mail["List-Unsubscribe"] == f"<{text.rsplit(maxsplit=1)[-1]}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sorted(await office.log(), key=str) == sorted(
        [
            ("adult@school.example", NoticeState.SENT, None),
            ("guardian@school.example", NoticeState.SENT, None),
            (None, NoticeState.LEFT_OUT, "no_address"),
        ],
        key=str,
    )


async def test_nothing_goes_out_before_its_hour_or_while_the_rule_is_off(office: Office) -> None:
    await office.absent(ADULT)
    await office.post()
    await office.rule(NoticeKind.ABSENCE, FAMILY, hour=23)
    await office.post()
    await office.rule(NoticeKind.ABSENCE, FAMILY, enabled=False)
    await office.post()
    unsent = office.received
    await office.rule(NoticeKind.ABSENCE, FAMILY, hour=13)
    await office.post()

    assert (unsent, office.received) == ([], ["adult@school.example"])


async def test_a_record_that_is_corrected_before_sending_stops_its_notice(office: Office) -> None:
    await office.rule(NoticeKind.ABSENCE, FAMILY)
    first, second = await office.absent(ADULT), await office.absent(ADULT, OTHER, period=2)
    await office.flows.run()
    await office.correct(first, ADULT, Attendance.EXCUSED)
    await office.correct(second, OTHER, Attendance.EXCUSED)
    await office.get(OutboxService).send_due()
    stopped, unsent = await office.log(), office.received
    await office.post()

    assert unsent == []
    assert {(state, reason) for _, state, reason in stopped} == {(NoticeState.LEFT_OUT, "corrected")}
    assert office.received == ["adult@school.example"]


async def test_two_processes_and_one_that_died_tell_everybody_once(office: Office) -> None:
    await office.rule(NoticeKind.ABSENCE, FAMILY)
    await office.absent(MINOR, ADULT, UNREACHED, OTHER)

    class Dying:
        """Transactions of a process that ends after its first."""

        def __init__(self) -> None:
            self.done = 0

        async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
            if self.done:
                raise ZeroDivisionError
            self.done = 1
            return await office.school.transactions.run(work)

    with pytest.raises(ZeroDivisionError):
        await replace(office.flows, transactions=Dying()).run()
    async with inside(office.environment, office.school.clock) as (other, _):
        await asyncio.gather(*[made.get(NoticeFlows).run() for made in (other, office.school.services)])
        await asyncio.gather(*[made.get(OutboxService).send_due() for made in (other, office.school.services)])

    assert office.received == ["adult@school.example", "guardian@school.example", "other@school.example"]
    assert len(await office.log()) == 4


async def test_low_attendance_is_told_again_after_so_many_days_in_a_subject_or_over_all(office: Office) -> None:
    text = "{student} {subject} {rate} {threshold}"
    await office.rule(NoticeKind.LOW_ATTENDANCE, [Audience.STUDENT], text, every_days=3)
    await office.absent(ADULT)
    received = []
    for _ in range(4):
        await office.post()
        received.append(len(office.received))
        office.school.clock.go_on(dt.timedelta(days=1))
    await office.rule(NoticeKind.LOW_ATTENDANCE, [Audience.STUDENT], text, every_days=3, over_all=True)
    await office.post()

    told = [said(mail).splitlines()[0] for mail in office.mailbox.taken]
    assert received == [1, 1, 1, 2]
    assert told == ["b-student MATH-1 Mathematics 0.0 75"] * 3


async def test_teachers_and_the_office_are_reminded_of_sessions_that_were_not_taken(office: Office) -> None:
    identity, teaching = office.get(IdentityService), office.get(TeachingService)

    async def build(tx: Transaction) -> None:
        made = [
            await identity.create_user(
                OFFICE, NewAccount(email=f"{role}@school.example", name=role, role=role), "x", tx
            )
            for role in (Role.TEACHER, Role.ADMINISTRATOR)
        ]
        await teaching.change(OFFICE, office.school.subject, SubjectChange(teacher_ids=[made[0].id]), None, tx)
        day = office.today
        term = NewTerm(name="Term", first_day=day - dt.timedelta(days=9), last_day=day + dt.timedelta(days=9))
        await office.get(TermService).add(OFFICE, term, tx)
        lessons = [
            NewEntry(weekday=day.isoweekday(), period=p, starts_at=f"0{7 + p}:00", ends_at=f"0{7 + p}:45")
            for p in (1, 2)
        ]
        timetable = NewTimetable(entries=lessons)
        await office.get(TimetableService).replace(OFFICE, office.school.subject, timetable, None, tx)

    await office.do(build)
    await office.rule(NoticeKind.UNTAKEN, [Audience.TEACHER, Audience.OFFICE], "{lessons}")
    await office.absent()
    for _ in range(2):
        await office.post()
    office.school.clock.go_on(dt.timedelta(days=1))
    await office.rule(NoticeKind.UNTAKEN, [Audience.TEACHER], "{lessons}", day_before=True)
    await office.post()

    assert office.received == ["administrator@school.example", "teacher@school.example"]
    assert {said(mail).splitlines()[0] for mail in office.mailbox.taken} == {
        f"{office.today - dt.timedelta(days=1)} 09:00 MATH-1 Mathematics"
    }


async def test_who_opts_out_by_the_link_of_a_mail_gets_no_more_of_its_kind(office: Office) -> None:
    await office.rule(NoticeKind.ABSENCE, FAMILY)
    await office.absent(ADULT)
    await office.post()
    token = str(office.mailbox.taken[0]["List-Unsubscribe"]).strip("<>").rpartition("/")[2]
    opt_outs = office.get(OptOutService)
    person, kind = opt_outs.of_link(token)
    for _ in range(2):
        await office.do(lambda tx: opt_outs.out(OFFICE, person, kind, tx))
    office.school.clock.go_on(dt.timedelta(days=1))
    await office.absent(ADULT, OTHER)
    preview = await office.flows.preview(OFFICE, NoticeKind.ABSENCE, EVERY)
    await office.post()

    assert {line.address: line.left_out for line in preview.items} == {
        "adult@school.example": "opted_out",
        "other@school.example": None,
    }
    assert office.received == ["adult@school.example", "other@school.example"]
    for forged in (token[:-1], f"x{token}", "", token.replace("absence", "untaken")):
        with pytest.raises(OptOutLinkInvalid):
            opt_outs.of_link(forged)


async def test_who_opts_out_after_a_notice_was_queued_is_not_sent_it(office: Office) -> None:
    await office.rule(NoticeKind.ABSENCE, FAMILY)
    await office.absent(ADULT)
    await office.flows.run()
    adult = office.school.students[ADULT]
    await office.do(lambda tx: office.get(OptOutService).out(OFFICE, adult, NoticeKind.ABSENCE, tx))
    await office.post()

    assert office.received == []
    assert await office.log() == [("adult@school.example", NoticeState.LEFT_OUT, "opted_out")]


async def test_an_address_that_there_is_not_is_in_the_log_with_what_the_server_said(office: Office) -> None:
    other = office.school.students[OTHER]
    people = office.get(PeopleService)
    await office.do(lambda tx: people.change(OFFICE, other, StudentChange(email=UNKNOWN), None, tx))
    await office.rule(NoticeKind.ABSENCE, FAMILY)
    await office.absent(OTHER)
    await office.post()

    assert await office.log() == [(UNKNOWN, NoticeState.FAILED, "refused")]


async def test_a_teacher_writes_to_some_of_a_roster_and_sees_before_who_gets_what(office: Office) -> None:
    school, services = office.school, office.school.services
    told = [school.students[number] for number in (MINOR, ADULT, UNREACHED)]
    new = NewNotice(text="{name}: bring {subject} on {date}, {student}", to=FAMILY, student_ids=told)
    before = await office.flows.preview_by_hand(school.teacher, school.subject, new, EVERY)
    unsent = office.received
    sent = await office.do(lambda tx: office.flows.send_by_hand(school.teacher, school.subject, new, tx))
    again = await office.do(lambda tx: office.flows.send_by_hand(school.teacher, school.subject, new, tx))
    await services.get(OutboxService).send_due()

    assert unsent == []
    assert (sent.queued, sent.left_out) == (again.queued, again.left_out) == (3, 1)
    addresses = sorted(line.address for line in before.items if line.address)
    assert addresses == ["adult@school.example", "guardian@school.example", "minor@school.example"]
    assert office.received == sorted(addresses * 2)


async def test_the_log_is_forgotten_when_the_school_says_so(office: Office) -> None:
    await office.rule(NoticeKind.ABSENCE, FAMILY)
    await office.absent(ADULT)
    await office.flows.run()
    office.school.clock.go_on(dt.timedelta(days=3))
    await office.flows.forget_old()
    given_up = await office.log()
    office.school.clock.go_on(dt.timedelta(days=180))
    await office.flows.forget_old()

    assert given_up == [("adult@school.example", NoticeState.FAILED, "expired")]
    assert await office.log() == []
