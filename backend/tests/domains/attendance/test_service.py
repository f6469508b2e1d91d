"""The captures as a queue: who has the lease decides, and nobody else."""

import asyncio
import base64
from pathlib import Path

import pytest
from backend.tests.conftest import Backend, Class, inside
from backend.tests.simulator import Simulator, photo_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.attendance.service import CaptureService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.ports.testing import START
from attendance_contract.models import FoundMetadata, RecognizeAnswer, Thresholds, UprightImage

SHOTS = range(3)


@pytest.fixture
async def queued(
    a_class: Class, backend: Backend, simulator: Simulator, mongo: Client, database_name: str
) -> dict[str, bytes]:
    """Photos that wait, all of them due, by the ids of their captures; no backend is at work."""
    await simulator.stop()
    path, photos = f"/sessions/{a_class.session}/captures", [photo_of("ann", shot=shot) for shot in SHOTS]
    kept = await asyncio.gather(*[a_class.teacher.done("POST", path, content=photo) for photo in photos])
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


async def test_a_photo_that_was_erased_meanwhile_is_not_brought_back_by_its_upright_jpeg(
    environment: dict[str, str], queued: dict[str, bytes], tmp_path: Path
) -> None:
    capture_id = next(iter(queued))
    upright = UprightImage(jpeg=base64.b64encode(b"upright"), width=2, height=1)
    answer = RecognizeAnswer(
        faces=[],
        count=0,
        thresholds=Thresholds(confident=0.5, uncertain=0.6, lookalike_margin=0.05),
        calibration="played",
        gallery_id="a-gallery",
        metadata=FoundMetadata(image_dimensions=(4, 2), processing_time_ms=1.0, model="played@1"),
        upright_image=upright,
    )
    async with inside(environment) as (services, _):
        captures = services.get(CaptureService)
        capture = await captures.take(SYSTEM, capture_id)
        assert capture is not None
        await captures.drop_photo(capture.id)

        told = await captures.recognised(SYSTEM, capture, answer)

    assert (told.state, told.error_code, told.recognition) == ("failed", "PHOTO_GONE", None)
    assert [file.name for file in (tmp_path / "photos").glob(f"{capture_id}*")] == []
