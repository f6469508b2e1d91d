"""Links are good for a time."""

from datetime import timedelta

import pytest
from backend.tests.conftest import inside

from attendance_backend.domains.accounts.errors import LinkInvalid
from attendance_backend.domains.accounts.schemas import LinkPurpose, NewInvitation
from attendance_backend.domains.accounts.service import LinkService
from attendance_backend.domains.identity.schemas import SYSTEM, Role
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.testing import ManualClock

WEEK = timedelta(days=7)


async def test_an_invitation_is_good_for_a_week_to_the_millisecond(environment: dict[str, str]) -> None:
    clock = ManualClock(SystemClock().now())
    new = NewInvitation(email="a@school.example", role=Role.TEACHER)
    async with inside(environment, clock) as (services, transactions):
        links = services.get(LinkService)
        first, second = [await transactions.run(lambda tx: links.invite(SYSTEM, new, tx)) for _ in range(2)]
        secrets = [str(links.shown(LinkPurpose.INVITATION, made.id)).partition("#")[2] for made in (first, second)]

        clock.go_on(WEEK - timedelta(milliseconds=1))
        taken = await transactions.run(lambda tx: links.take(LinkPurpose.INVITATION, secrets[0], tx))
        clock.go_on(timedelta(milliseconds=1))
        with pytest.raises(LinkInvalid):
            await transactions.run(lambda tx: links.take(LinkPurpose.INVITATION, secrets[1], tx))

    assert taken.id == first.id
