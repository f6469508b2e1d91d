"""The captures as a queue: who has the lease decides, and nobody else."""

import asyncio

import pytest
from backend.tests.conftest import Backend, Class, inside
from backend.tests.simulator import Simulator, photo_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.attendance.service import CaptureService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.ports.testing import START

SHOTS = range(3)


@pytest.fixture
async def queued(
    a_class: Class, backend: Backend, simulator: Simulator, mongo: Client, database_name: str
) -> dict[str, bytes]:
    """Photos that wait, all of them due, by the ids of their captures; no backend is at work."""
    await simulator.stop()
    path, photos = f"/sessions/{a_class.session}/captures", [photo_of("ann", shot=shot) for shot in SHOTS]
    kept = [await a_class.teacher.done("POST", path, content=photo) for photo in photos]
    backend.kill()
    await mongo[database_name]["captures"].update_many({}, {"$set": {"due": START}})
    return {capture["id"]: photo for capture, photo in zip(kept, photos, strict=True)}


async def test_of_many_workers_each_capture_goes_to_one(environment: dict[str, str], queued: dict[str, bytes]) -> None:
    async with inside(environment) as (services, _):
        captures = services.get(CaptureService)
        taken = await asyncio.gather(*[captures.take(SYSTEM) for _ in range(4 * len(SHOTS))])

    assert sorted(capture.id for capture in taken if capture) == sorted(queued)


async def test_who_has_lost_the_lease_neither_settles_nor_discards(
    environment: dict[str, str], queued: dict[str, bytes], mongo: Client, database_name: str
) -> None:
    capture_id, photo = next(iter(queued.items()))
    async with inside(environment) as (services, _):
        captures = services.get(CaptureService)
        slow = await captures.take(SYSTEM, capture_id)
        await mongo[database_name]["captures"].update_one({"_id": capture_id}, {"$set": {"due": START}})
        quick = await captures.take(SYSTEM, capture_id)
        assert slow is not None
        assert quick is not None

        told = await captures.failed(SYSTEM, slow, "INVALID_IMAGE")
        await captures.discard(SYSTEM, slow)

        assert not await captures.renew(SYSTEM, slow)
        assert (told.state, told.lease) == ("leased", quick.lease)
        assert await captures.photo(quick) == photo
        assert await captures.renew(SYSTEM, quick)
