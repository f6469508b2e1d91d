"""The audit log is shown newest first, however its entries lie in time."""

from datetime import UTC, datetime, timedelta

import pytest

from attendance_backend.adapters.mongo import Client, ensure_indexes
from attendance_backend.documents import id_at, moment_of, new_id
from attendance_backend.domains.audit.repository import INDEXES, AuditRepository
from attendance_backend.domains.audit.schemas import Asked, AuditEntry
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.paging import NEWEST_FIRST, Last, PageRequest, next_page
from attendance_kit.errors import InvalidRequest

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
AGES = [
    *(timedelta(seconds=n) for n in (0, 1, 50, 59, 60, 61)),
    timedelta(hours=5),
    *(timedelta(days=n) for n in (1, 2, 70, 71, 400, 7_000, 8_000)),
]


def entry(moment: datetime, *, sealed: bool) -> AuditEntry:
    return AuditEntry(
        id=id_at(moment),
        at=moment,
        actor_id="somebody",
        actor_role="teacher",
        action="session.close",
        target_id="a session",
        details={},
        request_id=None,
        sealed=sealed,
    )


@pytest.mark.parametrize("limit", [1, 3, 5, 14, 20])
async def test_its_pages_show_every_entry_once_the_newest_first(mongo: Client, database_name: str, limit: int) -> None:
    database = mongo[database_name]
    await ensure_indexes(database, INDEXES)
    made = [entry(NOW - age, sealed=number % 3 > 0) for number, age in enumerate(AGES)]
    await database["audit"].insert_many([one.to_document() for one in made])

    page: PageRequest | None = PageRequest(limit, sort=NEWEST_FIRST)
    walked = []
    while page:
        found = await AuditRepository(database).page(SYSTEM, Asked(), page, NOW)
        walked += [one.id for one in found.items]
        page = next_page(page, found)

    assert walked == [id_at(NOW - age) for age in AGES]


async def test_a_cursor_that_tells_no_moment_is_refused(mongo: Client, database_name: str) -> None:
    for made_up in ("x", "ffffffff-ffff-7fff-bfff-ffffffffffff"):
        page = PageRequest(5, Last(id=made_up, sort=NEWEST_FIRST), NEWEST_FIRST)
        with pytest.raises(InvalidRequest):
            await AuditRepository(mongo[database_name]).page(SYSTEM, Asked(), page, NOW)


def test_an_id_tells_when_it_was_made() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)

    assert before <= moment_of(new_id()) <= datetime.now(UTC)
    assert moment_of(id_at(NOW)) == NOW
