"""Devices and their keys: shown once, kept as digests, rotated with an overlap, revoked for good."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Person, inside, sign_in
from bson import UuidRepresentation, json_util

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.devices.errors import DeviceRevoked, DeviceTooFast
from attendance_backend.domains.devices.policy import OVERLAP, PREFIX
from attendance_backend.domains.devices.schemas import MadeKey, NewDevice
from attendance_backend.domains.devices.service import DeviceService
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.timetable.schemas import NewRoom
from attendance_backend.domains.timetable.service import RoomService
from attendance_backend.paging import PageRequest
from attendance_backend.ports.store import Transactions
from attendance_backend.ports.testing import ManualClock
from attendance_backend.provide import Services

OFFICE = Caller("the-office", Role.ADMINISTRATOR)

AS_JSON = json_util.JSONOptions(uuid_representation=UuidRepresentation.STANDARD)


class Shed:
    """Where devices are made, with a clock to steer."""

    def __init__(self, services: Services, transactions: Transactions, clock: ManualClock) -> None:
        self.devices = services.get(DeviceService)
        self.rooms = services.get(RoomService)
        self.transactions = transactions
        self.clock = clock

    async def make(self) -> MadeKey:
        room = await self.transactions.run(lambda tx: self.rooms.add(OFFICE, NewRoom(name="Hall"), tx))
        new = NewDevice(name="A kiosk", room_id=room.id)
        return self.devices.with_key(await self.transactions.run(lambda tx: self.devices.make(OFFICE, new, tx)))

    async def rotate(self, device_id: str) -> MadeKey:
        made = await self.transactions.run(lambda tx: self.devices.rotate(OFFICE, device_id, tx))
        return self.devices.with_key(made)

    async def revoke(self, device_id: str) -> None:
        await self.transactions.run(lambda tx: self.devices.revoke(OFFICE, device_id, tx))

    async def knows(self, made: MadeKey) -> bool:
        return await self.devices.caller(made.key or "") is not None


@pytest.fixture
async def shed(environment: dict[str, str]) -> AsyncIterator[Shed]:
    clock = ManualClock()
    async with inside(environment, clock) as (services, transactions):
        yield Shed(services, transactions, clock)


async def test_an_old_key_is_good_for_the_overlap_and_revoking_ends_all(shed: Shed) -> None:
    first = await shed.make()
    device_id = first.device.id
    shed.clock.go_on(timedelta(days=100))

    second = await shed.rotate(device_id)
    in_the_overlap = [await shed.knows(made) for made in (first, second)]
    shed.clock.go_on(OVERLAP)
    after_it = [await shed.knows(made) for made in (first, second)]
    third = await shed.rotate(device_id)
    await shed.revoke(device_id)
    revoked = [await shed.knows(made) for made in (first, second, third)]
    await shed.revoke(device_id)

    assert (in_the_overlap, after_it, revoked) == ([True, True], [False, True], [False, False, False])
    assert len({made.key for made in (first, second, third)}) == 3
    with pytest.raises(DeviceRevoked):
        await shed.rotate(device_id)
    (kept,) = (await shed.devices.page(OFFICE, PageRequest(10))).items
    assert (kept.keys, kept.revoked_at) == ([], shed.clock.now())


async def test_a_key_tells_which_device_and_room_asks_and_when_it_last_did(shed: Shed) -> None:
    made = await shed.make()
    assert made.key is not None

    caller = await shed.devices.caller(made.key)
    strangers = [await shed.devices.caller(given) for given in (made.key[:-1], made.key + "x", PREFIX, "", "x.y.z")]
    shed.clock.go_on(timedelta(seconds=59))
    await shed.devices.caller(made.key)
    (kept,) = (await shed.devices.page(OFFICE, PageRequest(10))).items

    assert caller is not None
    assert (caller.id, caller.role, caller.room_id) == (made.device.id, Role.DEVICE, made.device.room_id)
    assert (caller.subject_ids, caller.student_ids) == (frozenset(), frozenset())
    assert strangers == [None] * 5
    assert kept.used_at == shed.clock.now() - timedelta(seconds=59)


async def test_a_device_that_asks_too_often_waits_and_no_other_does(shed: Shed) -> None:
    fast, slow = Caller("fast", Role.DEVICE), Caller("slow", Role.DEVICE)
    for _ in range(120):
        await shed.devices.admit(fast)

    with pytest.raises(DeviceTooFast) as refused:
        await shed.devices.admit(fast)

    assert 0 < int(refused.value.headers["Retry-After"]) <= 60
    assert await shed.devices.admit(slow) is None


async def test_a_key_is_shown_once_and_lies_nowhere(backend: Backend, mongo: Client) -> None:
    office: Person = await sign_in(backend.http, EMAIL, PASSWORD)
    room = (await office.done("POST", "/rooms", json={"name": "Hall"}))["id"]
    new, once = {"name": "A kiosk", "room_id": room}, {"Idempotency-Key": "made-once"}

    made = await office.done("POST", "/devices", json=new, headers=once)
    again = await office.done("POST", "/devices", json=new, headers=once)
    rotated = await office.done("POST", f"/devices/{made['device']['id']}/keys")
    listed = await office.ask("GET", "/devices")
    unknown = await office.ask("POST", "/devices", json={**new, "room_id": "nowhere"})

    assert again == made
    assert made["key"].startswith(PREFIX)
    database = mongo[backend.environment["MONGODB_DATABASE"]]
    everything = [
        json_util.dumps(row, json_options=AS_JSON)
        for name in await database.list_collection_names()
        async for row in database[name].find()
    ]
    for key in (made["key"], rotated["key"]):
        assert not any(key in row for row in everything)
        assert key not in listed.text
        assert key not in backend.output
    assert len(listed.json()["items"]) == 1
    assert (unknown.status_code, unknown.json()["error_code"]) == (422, "UNKNOWN_ROOM")
