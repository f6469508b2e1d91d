"""Mail goes out once after the change it tells of, and again only where it was not taken."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from backend.tests.conftest import inside

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.outbox.policy import LEASE, MAX_ATTEMPTS, wait_after
from attendance_backend.domains.outbox.schemas import NewMail, SecretLink
from attendance_backend.domains.outbox.service import OutboxService
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.mail import Mail, MailNotTakenError
from attendance_backend.ports.store import Transactions
from attendance_backend.ports.testing import ManualClock, RecordingMailer

LINK = SecretLink(page="/page", purpose="a test", of="1")
NEW = NewMail(to="a@school.example", subject="Hello", text="Look: {link}\n", link=LINK)


@dataclass
class Post:
    """An outbox whose mail a test sees."""

    outbox: OutboxService
    mailer: RecordingMailer
    clock: ManualClock
    transactions: Transactions

    async def write(self) -> None:
        await self.transactions.run(lambda tx: self.outbox.queue(SYSTEM, NEW, tx))


@pytest.fixture
async def post(environment: dict[str, str]) -> AsyncIterator[Post]:
    clock, mailer = ManualClock(SystemClock().now()), RecordingMailer()
    async with inside(environment, clock) as (services, transactions):
        outbox = replace(services.get(OutboxService), mailer=mailer, public_url="https://school.example")
        yield Post(outbox, mailer, clock, transactions)


async def test_a_mail_is_sent_once_and_its_link_is_made_only_then(
    post: Post, mongo: Client, database_name: str
) -> None:
    await post.write()
    kept = await mongo[database_name]["outbox"].find_one()
    for _ in range(2):
        await post.outbox.send_due()
    [sent] = post.mailer.sent
    secret = sent.text.partition("#")[2].strip()

    assert (sent.to, sent.text) == ("a@school.example", f"Look: {post.outbox.address_of(LINK)}\n")
    assert sent.text.startswith("Look: https://school.example/page#")
    assert len(secret) == 43
    assert secret not in str(kept)
    assert await mongo[database_name]["outbox"].find_one() is None


async def test_a_change_that_was_undone_sends_nothing(post: Post) -> None:
    async def undone(tx: object) -> None:
        await post.outbox.queue(SYSTEM, NEW, tx)  # type: ignore[arg-type]  # the driver's own session
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await post.transactions.run(undone)
    await post.outbox.send_due()

    assert post.mailer.sent == []


async def test_what_was_not_taken_is_tried_again_later_and_given_up_in_the_end(
    post: Post, mongo: Client, database_name: str
) -> None:
    await post.write()
    post.mailer.fails = MailNotTakenError("busy")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        await post.outbox.send_due()
        post.clock.go_on(wait_after(attempt))
    post.mailer.fails = None
    await post.outbox.send_due()

    assert post.mailer.sent == []
    assert await mongo[database_name]["outbox"].find_one() is None


async def test_an_address_that_there_is_not_is_given_up_at_once(post: Post) -> None:
    await post.write()
    post.mailer.fails = MailNotTakenError("no such user", for_good=True)
    await post.outbox.send_due()
    post.mailer.fails = None
    post.clock.go_on(timedelta(hours=1))
    await post.outbox.send_due()

    assert post.mailer.sent == []


async def test_a_mail_that_somebody_is_sending_is_left_to_them_unless_they_died(post: Post) -> None:
    class Dying(RecordingMailer):
        async def send(self, mail: Mail) -> None:
            raise ZeroDivisionError(mail.id)

    await post.write()
    with pytest.raises(ZeroDivisionError):
        await replace(post.outbox, mailer=Dying()).send_due()
    await post.outbox.send_due()
    meanwhile = list(post.mailer.sent)
    post.clock.go_on(LEASE)
    await post.outbox.send_due()

    assert (meanwhile, len(post.mailer.sent)) == ([], 1)
