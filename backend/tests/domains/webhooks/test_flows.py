"""Webhooks to a real receiver: signed, once the change is committed, again where it fails, and given up in the end."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from backend.tests.conftest import inside
from backend.tests.domains.attendance.school import OFFICE, School, a_school
from backend.tests.receiver import HANG, Receiver, a_receiver

from attendance_backend.adapters.mongo import Client
from attendance_backend.adapters.webhooks import HttpWebhooks
from attendance_backend.domains.records.flows import RecordFlows
from attendance_backend.domains.records.schemas import Attendance, Correction
from attendance_backend.domains.webhooks.flows import DeliveryFlows
from attendance_backend.domains.webhooks.policy import LEASE, MAX_FAILURES, OVERLAP, WAITS
from attendance_backend.domains.webhooks.schemas import (
    Delivery,
    DeliveryState,
    EventType,
    NewWebhook,
    Webhook,
    WebhookChange,
)
from attendance_backend.domains.webhooks.service import WebhookService
from attendance_backend.paging import NEWEST_FIRST, PageRequest
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.store import Transaction
from attendance_backend.ports.testing import ManualClock
from attendance_backend.ports.webhooks import NotDeliveredError

NEWEST = PageRequest(200, sort=NEWEST_FIRST)
BOTH = [EventType.SESSION_CLOSED, EventType.RECORD_CORRECTED]


@dataclass
class Hooked:
    """A school that tells one receiver."""

    school: School
    receiver: Receiver
    webhook: str

    @property
    def service(self) -> WebhookService:
        return self.school.services.get(WebhookService)

    @property
    def flows(self) -> DeliveryFlows:
        return self.school.services.get(DeliveryFlows)

    async def send(self, flows: DeliveryFlows | None = None) -> None:
        while await (flows or self.flows).deliver_next():
            pass

    async def ping(self) -> Delivery:
        return await self.school.transactions.run(lambda tx: self.service.ping(OFFICE, self.webhook, tx))

    async def kept(self) -> Webhook:
        return await self.service.webhook(OFFICE, self.webhook)

    async def log(self) -> list[tuple[EventType, DeliveryState, int, str | None]]:
        found = await self.service.page(OFFICE, self.webhook, NEWEST)
        return [(one.type, one.state, one.attempts, one.reason) for one in found.items]

    async def change(self, change: WebhookChange) -> None:
        await self.school.transactions.run(lambda tx: self.service.change(OFFICE, self.webhook, change, tx))


@pytest.fixture
async def hooked(environment: dict[str, str]) -> AsyncIterator[Hooked]:
    environment["WEBHOOKS_TO_PRIVATE_ADDRESSES"] = "yes"
    clock = ManualClock(SystemClock().now())
    async with a_receiver() as receiver, a_school(environment, 3, clock=clock) as school:
        new = NewWebhook(url=receiver.url, events=BOTH)
        service = school.services.get(WebhookService)
        made = await school.transactions.run(lambda tx: service.create(OFFICE, new, tx))
        receiver.secrets["first"] = service.secret(made.id, 1)
        yield Hooked(school, receiver, made.id)


async def test_a_closed_session_and_a_corrected_record_are_told_signed_and_without_a_name(hooked: Hooked) -> None:
    school = hooked.school
    day = school.clock.now().date()
    session = (await school.open(1, day)).id
    await school.call_roll(session, {school.students[0]: "absent"}, close=True)
    record = (await school.records(session))[school.students[0]]
    given = Correction(status=Attendance.EXCUSED, reason="a letter from home")
    corrections = school.services.get(RecordFlows)
    await school.transactions.run(lambda tx: corrections.correct(OFFICE, record.id, given, tx))
    await hooked.send()

    [(signed, first_id, closed), (signed_too, second_id, corrected)] = hooked.receiver.taken
    assert (signed, signed_too) == ({"first"}, {"first"})
    assert first_id != second_id
    assert closed["type"] == "session.closed"
    assert closed["data"]["counts"] == {"present": 0, "late": 0, "absent": 3, "excused": 0}
    assert {
        "session_id": session,
        "subject_id": school.subject,
        "date": str(day),
        "period": 1,
        "records": 3,
    }.items() <= (closed["data"].items())
    assert corrected["type"] == "record.corrected"
    assert corrected["data"] == {
        "record_id": record.id,
        "session_id": session,
        "subject_id": school.subject,
        "student_id": school.students[0],
        "date": str(day),
        "source": "manual",
        "from": "absent",
        "to": "excused",
    }
    assert [state for _, state, _, _ in await hooked.log()] == [DeliveryState.DELIVERED] * 2


async def test_a_change_that_was_undone_tells_nothing(hooked: Hooked) -> None:
    async def undone(tx: Transaction) -> None:
        await hooked.service.tell(OFFICE, EventType.SESSION_CLOSED, [{"session_id": "1"}], tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await hooked.school.transactions.run(undone)
    await hooked.send()

    assert (hooked.receiver.taken, await hooked.log()) == ([], [])


async def test_what_is_not_taken_is_tried_again_later_under_the_same_id_and_given_up_in_the_end(hooked: Hooked) -> None:
    hooked.receiver.status = 500
    sent = await hooked.ping()
    for wait in [*WAITS, dt.timedelta()]:
        await hooked.send()
        hooked.school.clock.go_on(wait * 1.3)
    given_up = await hooked.log()
    hooked.receiver.status = 200
    service = hooked.service
    await hooked.school.transactions.run(lambda tx: service.redeliver(OFFICE, hooked.webhook, sent.id, tx))
    await hooked.send()

    assert given_up == [(EventType.PING, DeliveryState.FAILED, len(WAITS) + 1, "answered_500")]
    assert {delivery_id for _, delivery_id, _ in hooked.receiver.taken} == {sent.id}
    assert len(hooked.receiver.taken) == len(WAITS) + 2
    assert await hooked.log() == [(EventType.PING, DeliveryState.DELIVERED, 1, None)]
    assert (await hooked.kept()).failures == 0


async def test_a_receiver_that_hangs_or_redirects_or_is_not_there_has_not_taken_it(hooked: Hooked) -> None:
    hooked.receiver.status = 307
    await hooked.ping()
    await hooked.send()
    redirected, followed = await hooked.log(), len(hooked.receiver.taken)
    hooked.receiver.status = HANG
    await hooked.ping()
    await hooked.send(replace(hooked.flows, client=HttpWebhooks(private=True, seconds=1)))
    hung = await hooked.log()
    await hooked.change(WebhookChange(url="http://127.0.0.1:1/"))
    await hooked.ping()
    await hooked.send()

    assert followed == 1
    assert [reason for *_, reason in redirected] == ["answered_307"]
    assert [reason for *_, reason in hung] == ["timeout", "answered_307"]
    assert [reason for *_, reason in await hooked.log()] == ["connection_failed", "timeout", "answered_307"]


async def test_the_secret_before_signs_for_a_day_beside_the_new_one(hooked: Hooked) -> None:
    service, school = hooked.service, hooked.school
    await school.transactions.run(lambda tx: service.rotate(OFFICE, hooked.webhook, tx))
    hooked.receiver.secrets["second"] = service.secret(hooked.webhook, 2)
    now = school.clock.now()
    delivery = await hooked.ping()
    during = service.signed(await hooked.kept(), delivery)
    await hooked.send()
    school.clock.go_on(OVERLAP)
    after = service.signed(await hooked.kept(), delivery)

    assert hooked.receiver.taken[0][0] == {"first", "second"}
    assert (len(during["webhook-signature"].split()), len(after["webhook-signature"].split())) == (2, 1)
    assert school.clock.now() - now == OVERLAP


async def test_a_webhook_that_fails_for_long_is_disabled_until_the_office_enables_it(
    hooked: Hooked, mongo: Client, database_name: str
) -> None:
    await hooked.change(WebhookChange(url="http://127.0.0.1:1/"))
    await hooked.school.transactions.run(
        lambda tx: hooked.service.tell(OFFICE, EventType.SESSION_CLOSED, [{}] * (MAX_FAILURES + 1), tx)
    )
    await hooked.send()
    disabled = await hooked.kept()
    noted = await mongo[database_name]["audit"].find_one({"action": "webhook disabled"})
    log = await hooked.log()
    await hooked.change(WebhookChange(url=hooked.receiver.url, enabled=True))
    await hooked.ping()
    await hooked.send()

    assert (disabled.enabled, disabled.disabled_reason) == (False, "failing")
    assert noted is not None
    assert (noted["target_id"], noted["actor_role"]) == (hooked.webhook, "system")
    assert [(state, reason) for _, state, _, reason in log if reason == "disabled"] == [
        (DeliveryState.FAILED, "disabled")
    ]
    assert len(hooked.receiver.taken) == 1
    assert ((await hooked.kept()).enabled, (await hooked.kept()).disabled_reason) == (True, None)


async def test_a_receiver_that_says_it_is_gone_is_told_nothing_more(hooked: Hooked) -> None:
    hooked.receiver.status = 410
    await hooked.ping()
    await hooked.send()

    assert (await hooked.kept()).disabled_reason == "gone"
    assert await hooked.log() == [(EventType.PING, DeliveryState.FAILED, 1, "answered_410")]


async def test_of_two_processes_one_sends_and_what_a_dead_one_had_is_sent_by_another(
    hooked: Hooked, environment: dict[str, str]
) -> None:
    class Dying(HttpWebhooks):
        async def post(self, *_: object) -> int:
            raise ZeroDivisionError

    for _ in range(4):
        await hooked.ping()
    with pytest.raises(ZeroDivisionError):
        await replace(hooked.flows, client=Dying(private=True)).deliver_next()
    async with inside(environment, hooked.school.clock) as (other, _):
        await asyncio.gather(hooked.send(), hooked.send(other.get(DeliveryFlows)))
    meanwhile = len(hooked.receiver.taken)
    hooked.school.clock.go_on(LEASE)
    await hooked.send()

    assert (meanwhile, len(hooked.receiver.taken)) == (3, 4)
    assert len({delivery_id for _, delivery_id, _ in hooked.receiver.taken}) == 4


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://localhost:9/", "address_refused"),
        ("http://127.0.0.1:9/", "address_refused"),
        ("http://nobody.invalid/", "host_unknown"),
    ],
)
async def test_a_name_is_looked_up_and_its_addresses_are_checked_before_anything_is_sent(url: str, reason: str) -> None:
    with pytest.raises(NotDeliveredError, match=reason):
        await HttpWebhooks(private=False).post(url, {}, b"{}")


async def test_deliveries_are_forgotten_when_the_school_says_so(hooked: Hooked) -> None:
    await hooked.ping()
    await hooked.send()
    await hooked.flows.forget_old()
    before = await hooked.log()
    hooked.school.clock.go_on(dt.timedelta(days=181))
    await hooked.flows.forget_old()

    assert (len(before), await hooked.log()) == (1, [])
