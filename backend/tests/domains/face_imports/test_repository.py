"""Who works on an import of photos next."""

import asyncio
from datetime import UTC, datetime, timedelta

from attendance_backend.adapters.mongo import Client, ensure_indexes
from attendance_backend.domains.face_imports.repository import INDEXES, FaceImportRepository
from attendance_backend.domains.face_imports.schemas import FaceImport, ImportState
from attendance_backend.domains.identity.schemas import SYSTEM

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=1)


def waiting(name: str, due: datetime | None) -> FaceImport:
    return FaceImport(
        id=name, dry_run=True, state=ImportState.RUNNING, by="office", role="administrator", created_at=NOW, due=due
    )


async def test_of_many_who_ask_at_once_each_import_is_given_to_one(mongo: Client, database_name: str) -> None:
    await ensure_indexes(mongo[database_name], INDEXES)
    imports = FaceImportRepository(mongo[database_name])
    for name, late in (("second", 1), ("first", 2), ("third", 0)):
        await imports.add(SYSTEM, waiting(name, NOW - timedelta(seconds=late)))
    await imports.add(SYSTEM, waiting("later", UNTIL))
    await imports.add(SYSTEM, waiting("done", None))

    longest = await imports.take(SYSTEM, NOW, UNTIL, "mine")
    taken = await asyncio.gather(*[imports.take(SYSTEM, NOW, UNTIL, f"lease {n}") for n in range(8)])

    assert longest is not None
    assert (longest.id, longest.lease, longest.due) == ("first", "mine", UNTIL)
    assert sorted(one.id for one in taken if one) == ["second", "third"]
    assert len({one.lease for one in taken if one}) == 2
