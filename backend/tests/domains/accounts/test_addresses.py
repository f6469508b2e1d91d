"""An account gets another address by what is mailed there, or from the office, and in no other way."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from backend.tests.conftest import (
    EMAIL,
    PASSWORD,
    Backend,
    Person,
    free_port,
    inside,
    new_teacher,
    running_alone,
    sign_in,
)
from backend.tests.smtp import Mailbox, an_smtp_server
from pydantic import SecretStr

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.accounts.addresses.flows import AddressFlows
from attendance_backend.domains.accounts.addresses.schemas import GivenLink
from attendance_backend.domains.accounts.errors import LinkInvalid
from attendance_backend.domains.accounts.schemas import LinkPurpose
from attendance_backend.domains.accounts.service import LinkService
from attendance_backend.domains.identity.schemas import SYSTEM, NewUser, Role
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.outbox.service import OutboxService
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.testing import ManualClock

NUMBERS = itertools.count(1)
ANOTHER = "seven loud blue kettles"


def an_address() -> str:
    return f"address{next(NUMBERS)}@school.example"


@dataclass
class Post:
    """A backend that sends mail, its office, and what came of it."""

    backend: Backend
    office: Person
    mailbox: Mailbox
    outbox: OutboxService

    async def newest(self, to: str) -> str:
        """The text of the newest mail to somebody, once all that is due is sent."""
        await self.outbox.send_due()
        async with asyncio.timeout(60):
            return str((await self.mailbox.newest(to)).get_content())

    async def secret(self, to: str) -> str:
        return (await self.newest(to)).partition("/email#")[2].split()[0]

    async def confirm(self, secret: str) -> Any:
        return await self.backend.http.post("/api/v1/auth/email/confirm", json={"secret": secret})

    async def entries(self, user_id: str) -> list[tuple[str, dict[str, Any]]]:
        listed = (await self.office.done("GET", "/audit?limit=100"))["items"]
        return [(one["action"], one["details"]) for one in listed if one["target_id"] == user_id]


@pytest.fixture(scope="module")
async def mailing(
    program_environment: dict[str, str], mongo: Client, mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Backend, Mailbox]]:
    with an_smtp_server(port=free_port()) as mailbox:
        settings = {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mailbox.port),
            "SMTP_TLS": "none",
            "MAIL_FROM": EMAIL,
            "PUBLIC_URL": "https://school.example",
        }
        home = tmp_path_factory.mktemp("home")
        async with running_alone(program_environment, mongo, mongodb_uri, home, **settings) as running:
            yield running, mailbox


@pytest.fixture
async def post(mailing: tuple[Backend, Mailbox]) -> AsyncIterator[Post]:
    backend, mailbox = mailing
    office = await sign_in(backend.http, EMAIL, PASSWORD)
    async with inside(backend.environment) as (services, _):
        yield Post(backend, office, mailbox, services.get(OutboxService))


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_code"]


async def asked(person: Person, email: str, password: str = PASSWORD) -> Any:
    return await person.ask("POST", "/me/email", json={"email": email, "password": password})


async def test_another_address_holds_once_its_mail_is_opened_and_sign_ins_stay(post: Post) -> None:
    before, after = an_address(), an_address()
    user_id, teacher = await new_teacher(post.office, before)
    answer = await asked(teacher, after.upper())
    secret = await post.secret(after)
    word = await post.newest(before)
    opened = await post.backend.http.get(f"/email#{secret}")
    still = await teacher.done("GET", "/me")
    done, twice = [await post.confirm(secret) for _ in range(2)]
    me = await teacher.done("GET", "/me")
    last = await post.newest(before)

    assert (answer.status_code, answer.content) == (202, b"")
    assert (still["email"], still["email_verified"]) == (before, False)
    assert after not in word + last
    assert "#" not in word + last
    assert ("once that address is confirmed" in word, "has another e-mail address now" in last) == (True, True)
    assert opened.status_code in {200, 404}, "the page, or none where the web app is not built"
    assert (done.json(), refused(twice)) == ({"email": after}, (422, "LINK_INVALID"))
    assert (me["email"], me["email_verified"]) == (after, True)
    assert await sign_in(post.backend.http, after, PASSWORD)
    told = await post.entries(user_id)
    assert ("e-mail address set", {"is_new": True, "verified": True}) in told
    assert "e-mail address asked for" in dict(told)
    assert after not in str(told)


async def test_the_asker_never_learns_that_somebody_has_an_address_but_they_do(post: Post) -> None:
    taken, free = an_address(), an_address()
    await new_teacher(post.office, taken)
    askers = [(await new_teacher(post.office, an_address()))[1] for _ in range(2)]
    answers = [await asked(asker, email) for asker, email in zip(askers, (taken, free), strict=True)]
    again = [await asked(asker, email) for asker, email in zip(askers, (taken, free), strict=True)]
    text = await post.newest(taken)

    assert [(one.status_code, one.content) for one in answers] == [(202, b"")] * 2
    assert [refused(one) for one in again] == [(429, "TOO_MANY_ATTEMPTS")] * 2
    assert [one.headers["Retry-After"] for one in again] == ["300"] * 2
    assert "There is an account with this address already" in text
    assert "#" not in text


async def test_a_wrong_password_asks_for_nothing_and_another_one_ends_what_was_asked(post: Post) -> None:
    before, after = an_address(), an_address()
    _, teacher = await new_teacher(post.office, before)
    wrong = await asked(teacher, after, "not my password at all")
    none = await teacher.ask("POST", "/me/email", json={"email": after})
    assert (await asked(teacher, after)).status_code == 202
    secret = await post.secret(after)
    await teacher.done("PUT", "/me/password", json={"old_password": PASSWORD, "password": ANOTHER})

    assert [refused(one) for one in (wrong, none)] == [(401, "INVALID_CREDENTIALS")] * 2
    assert refused(await post.confirm(secret)) == (422, "LINK_INVALID")
    assert (await teacher.done("GET", "/me"))["email"] == before


async def test_an_account_without_a_password_needs_a_sign_in_of_just_now(post: Post, mongo: Client) -> None:
    database = mongo[post.backend.environment["MONGODB_DATABASE"]]
    user_id, teacher = await new_teacher(post.office, an_address())
    await database["users"].update_one({"_id": user_id}, {"$set": {"password_hash": ""}})
    wanted = {"email": an_address()}
    fresh = await teacher.ask("POST", "/me/email", json=wanted)
    earlier = SystemClock().now() - timedelta(minutes=11)
    await database["sign_ins"].update_many({"user_id": user_id}, {"$set": {"created_at": earlier}})
    stale = await teacher.ask("POST", "/me/email", json=wanted)

    assert (fresh.status_code, refused(stale)) == (202, (403, "SIGN_IN_TOO_OLD"))


async def test_an_address_typed_in_by_the_office_is_confirmed_by_a_mail(post: Post) -> None:
    email = an_address()
    _, teacher = await new_teacher(post.office, email)
    before = await teacher.done("GET", "/me")
    first = await teacher.ask("POST", "/me/email/confirmation")
    soon = await teacher.ask("POST", "/me/email/confirmation")
    done = await post.confirm(await post.secret(email))
    after = await teacher.done("GET", "/me")
    needless = await teacher.ask("POST", "/me/email/confirmation")

    assert (first.status_code, refused(soon), needless.status_code) == (202, (429, "TOO_MANY_ATTEMPTS"), 202)
    assert (before["email_verified"], done.json(), after["email_verified"]) == (False, {"email": email}, True)


async def test_who_came_by_a_mailed_invitation_or_reset_has_shown_that_the_address_is_theirs(post: Post) -> None:
    invited, typed = an_address(), an_address()
    await post.office.done("POST", "/invitations", json={"email": invited, "role": "teacher"})
    secret = (await post.newest(invited)).partition("#")[2].split()[0]
    given = {"secret": secret, "name": "Some One", "password": ANOTHER}
    accepted = await post.backend.http.post("/api/v1/invitations/accept", json=given)
    await new_teacher(post.office, typed)
    await post.backend.http.post("/api/v1/auth/password-reset", json={"email": typed})
    reset = {"secret": (await post.newest(typed)).partition("#")[2].split()[0], "password": ANOTHER}
    await post.backend.http.post("/api/v1/auth/password-reset/complete", json=reset)
    me = await (await sign_in(post.backend.http, typed, ANOTHER)).done("GET", "/me")

    assert (accepted.json()["email_verified"], me["email_verified"]) == (True, True)


async def test_two_who_confirm_one_address_at_once_do_not_both_get_it(post: Post) -> None:
    wanted = an_address()
    secrets = []
    for _ in range(2):
        _, teacher = await new_teacher(post.office, an_address())
        post.mailbox.taken.clear()
        await asked(teacher, wanted)
        secrets.append(await post.secret(wanted))
    answers = await asyncio.gather(*[post.confirm(secret) for secret in secrets])

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [refused(answer) for answer in answers if answer.is_error] == [(409, "EMAIL_TAKEN")]


async def test_where_no_mail_is_sent_the_office_hands_the_link_over_or_sets_the_address(
    shared_backend: Backend,
) -> None:
    office = await sign_in(shared_backend.http, EMAIL, PASSWORD)
    before, after, set_to = an_address(), an_address(), an_address()
    user_id, teacher = await new_teacher(office, before)
    alone = [await asked(teacher, after), await teacher.ask("POST", "/me/email/confirmation")]
    made = await office.done("POST", f"/users/{user_id}/email-link", json={"email": after})
    page, _, secret = made["link"].partition("#")
    reset = (await office.done("POST", f"/users/{user_id}/password-reset"))["link"].partition("#")[2]
    done = await shared_backend.http.post("/api/v1/auth/email/confirm", json={"secret": secret})
    by_link = await teacher.done("GET", "/me")
    worthless = {"secret": reset, "password": ANOTHER}
    gone = await shared_backend.http.post("/api/v1/auth/password-reset/complete", json=worthless)
    by_office = await office.done("PUT", f"/users/{user_id}/email", json={"email": set_to, "verified": True})
    taken = [
        await office.ask("POST", f"/users/{user_id}/email-link", json={"email": EMAIL}),
        await office.ask("PUT", f"/users/{user_id}/email", json={"email": EMAIL}),
    ]

    assert [refused(one) for one in alone] == [(409, "NO_MAIL_SENT")] * 2
    assert (page, done.status_code) == ("/email", 200)
    assert (by_link["email"], by_link["email_verified"]) == (after, False)
    assert refused(gone) == (422, "LINK_INVALID"), "a link that was made for the address before"
    assert (by_office["email"], by_office["email_verified"]) == (set_to, True)
    assert [refused(one) for one in taken] == [(409, "EMAIL_TAKEN")] * 2
    assert (await teacher.done("GET", "/me"))["email"] == set_to


async def test_a_link_is_good_for_a_day_and_the_newest_wins(environment: dict[str, str]) -> None:
    clock = ManualClock(SystemClock().now())
    async with inside(environment, clock) as (services, transactions):
        identity, flows, links = services.get(IdentityService), services.get(AddressFlows), services.get(LinkService)
        new = NewUser(email=an_address(), name="Some One", role=Role.TEACHER, password=SecretStr(PASSWORD))
        user = await transactions.run(lambda tx: identity.create_user(SYSTEM, new, "a hash", tx))

        async def a_link() -> GivenLink:
            made = await transactions.run(lambda tx: flows.hand_over(SYSTEM, user.id, an_address(), tx))
            return GivenLink(secret=SecretStr(str(links.shown(LinkPurpose.ADDRESS, made.id)).partition("#")[2]))

        older, newer = await a_link(), await a_link()
        with pytest.raises(LinkInvalid):
            await transactions.run(lambda tx: flows.confirm(older, tx))
        clock.go_on(timedelta(days=1) - timedelta(milliseconds=1))
        confirmed = await transactions.run(lambda tx: flows.confirm(newer, tx))
        late = await a_link()
        clock.go_on(timedelta(days=1))
        with pytest.raises(LinkInvalid):
            await transactions.run(lambda tx: flows.confirm(late, tx))

        assert (await identity.user(SYSTEM, user.id)).email == confirmed.email
