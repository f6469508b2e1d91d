"""How calls are carried to played ML services: resting addresses, room for every kind of call, a budget for retries."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from backend.tests.simulator import KEY, MODEL, Simulator, photo_of, running_simulator, vector_of
from prometheus_client import CollectorRegistry

from attendance_backend.adapters.ml import MlAddress, MlClient
from attendance_backend.adapters.ml_calls import RETRY_RESERVE, ROOM, Call, Compartment, MlCalls, Waiting
from attendance_backend.ports.faces import EnrolledFace, Gallery, MlAnswerInvalid, MlUnavailable
from attendance_contract.errors import ErrorCode
from attendance_contract.vectors import encode_vector

PHOTO = photo_of("ann")
GALLERY = Gallery("g" * 16, MODEL, [EnrolledFace("id-of-ann", [encode_vector(vector_of("ann"))])])
NO_RETRY: tuple[float, ...] = ()
FAILURES = 5


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def address_of(*simulators: Simulator) -> MlAddress:
    return MlAddress(
        urls=[simulator.url for simulator in simulators],
        api_key=KEY,
        timeout_seconds=20,
        try_timeout_seconds=10,
        rest_seconds=60,
        confident_threshold=0.4,
        uncertain_threshold=0.6,
    )


@pytest.fixture
async def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def client(simulator: Simulator, registry: CollectorRegistry) -> AsyncIterator[MlClient]:
    async with MlClient(address_of(simulator), NO_RETRY, registry) as made:
        yield made


async def _fail(client: MlClient, times: int) -> None:
    for shot in range(times):
        with pytest.raises((MlUnavailable, MlAnswerInvalid)):
            await client.encode_face(photo_of("ann", shot=100 + shot))


async def test_after_five_failures_nothing_is_sent_and_the_answer_says_when_to_ask_again(
    client: MlClient, simulator: Simulator, registry: CollectorRegistry
) -> None:
    simulator.switches.garbage = True
    await _fail(client, FAILURES)

    with pytest.raises(MlUnavailable, match="left alone") as refused:
        await client.recognize(PHOTO, GALLERY.id, GALLERY.model)

    assert len(simulator.calls) == FAILURES
    assert 0 < int(refused.value.headers["Retry-After"]) <= 60
    assert not client.admits()
    assert registry.get_sample_value("ml_breaker_state", {"address": simulator.url}) == 2


async def test_a_photo_it_chokes_on_is_counted_once_however_often_it_is_tried(
    client: MlClient, simulator: Simulator, registry: CollectorRegistry
) -> None:
    simulator.switches.garbage = True
    for _ in range(2 * FAILURES):
        with pytest.raises(MlAnswerInvalid):
            await client.encode_face(PHOTO)

    assert client.admits()
    await _fail(client, FAILURES - 1)
    assert not client.admits(), "with other photos beside it, it is the service"
    assert registry.get_sample_value("ml_tries_total", {"outcome": "failed"}) == 3 * FAILURES - 1


async def test_a_refused_photo_is_no_failure_of_the_service(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.refuse_with = (422, ErrorCode.NO_FACE_FOUND)
    for _ in range(2 * FAILURES):
        with pytest.raises(Exception, match="NO_FACE_FOUND"):
            await client.encode_face(PHOTO)

    assert client.admits()


async def test_a_service_that_says_it_is_overloaded_is_not_left_alone(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.refuse_with = (503, ErrorCode.OVERLOADED)
    await _fail(client, 2 * FAILURES)

    assert client.admits()
    assert len(simulator.calls) == 2 * FAILURES


async def test_one_that_does_not_take_the_key_is_left_alone_too(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.status = 401
    await _fail(client, FAILURES)

    assert not client.admits()


async def test_after_its_rest_one_call_probes_and_the_others_are_refused(simulator: Simulator) -> None:
    clock = Clock()
    calls = MlCalls([simulator.url], KEY, Waiting(20, 10, 60), NO_RETRY, CollectorRegistry(), clock)
    asked = Call("GET", "/api/ml/models", Compartment.VECTORS)
    simulator.switches.refuse_with = (500, ErrorCode.INTERNAL_ERROR)

    def read(response: object) -> object:
        if simulator.switches.refuse_with:
            raise MlAnswerInvalid
        return response

    for _ in range(FAILURES):
        with pytest.raises(MlAnswerInvalid):
            await calls.ask(asked, read)
    simulator.switches.refuse_with, simulator.switches.delay = None, 0.2
    clock.now += 60
    answers = await asyncio.gather(*(calls.ask(asked, read) for _ in range(5)), return_exceptions=True)
    await calls.close()

    assert sorted(type(answer).__name__ for answer in answers) == ["MlUnavailable"] * 4 + ["Response"]
    assert len(simulator.calls) == FAILURES + 1


async def test_photos_that_hang_leave_room_for_faces(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.delay = 8.0
    photos = [asyncio.create_task(client.recognize_with(PHOTO, GALLERY)) for _ in range(2 * ROOM[Compartment.PHOTOS])]
    await _until_full(simulator)
    simulator.switches.delay = 0.0

    answer = await client.encode_face(PHOTO, wait=5)

    assert answer.success
    assert simulator.calls.count("/api/ml/recognize") == ROOM[Compartment.PHOTOS]
    for photo in photos:
        photo.cancel()
    await asyncio.gather(*photos, return_exceptions=True)


async def test_who_finds_no_room_in_time_is_told_so(client: MlClient, simulator: Simulator) -> None:
    simulator.switches.delay = 8.0
    photos = [asyncio.create_task(client.recognize_with(PHOTO, GALLERY)) for _ in range(ROOM[Compartment.PHOTOS])]
    await _until_full(simulator)

    with pytest.raises(MlUnavailable, match="too many calls"):
        await client.recognize_with(PHOTO, GALLERY, wait=0.2)

    for photo in photos:
        photo.cancel()
    await asyncio.gather(*photos, return_exceptions=True)


async def test_all_calls_together_retry_no_more_than_their_budget(simulator: Simulator) -> None:
    simulator.switches.refuse_with = (503, ErrorCode.OVERLOADED)
    asked = 40

    async with MlClient(address_of(simulator), (0.001, 0.001, 0.001)) as client:
        await _fail(client, asked)

    retries = len(simulator.calls) - asked
    assert RETRY_RESERVE <= retries <= RETRY_RESERVE + 0.2 * asked + 1


async def test_with_two_addresses_one_that_fails_costs_a_retry_and_then_nothing(simulator: Simulator) -> None:
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(running_simulator())
        other.switches.garbage = True
        client = await stack.enter_async_context(MlClient(address_of(simulator, other), (0.001,)))
        answers = [await _encoded(client, shot) for shot in range(40)]

    assert answers.count(False) <= FAILURES
    assert all(answers[-20:])
    assert len(other.calls) == answers.count(False)


async def test_photos_of_one_roster_go_where_its_gallery_is(simulator: Simulator) -> None:
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(running_simulator())
        client = await stack.enter_async_context(MlClient(address_of(simulator, other), NO_RETRY))
        await client.recognize_with(PHOTO, GALLERY)
        for _ in range(10):
            await client.recognize(PHOTO, GALLERY.id, GALLERY.model)

    assert sorted([len(simulator.calls), len(other.calls)]) == [0, 11]


async def test_a_gallery_is_forgotten_at_every_address(simulator: Simulator) -> None:
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(running_simulator())
        client = await stack.enter_async_context(MlClient(address_of(simulator, other), NO_RETRY))
        await client.forget_gallery(GALLERY.id)

        await other.stop()
        with pytest.raises(MlUnavailable):
            await client.forget_gallery(GALLERY.id)
        assert await client.is_reachable()

    assert simulator.calls.count(f"/api/ml/galleries/{GALLERY.id}") == 2
    assert other.calls == [f"/api/ml/galleries/{GALLERY.id}"]


async def _until_full(simulator: Simulator) -> None:
    """Until as many photos are being recognised as there is room for."""
    async with asyncio.timeout(60):
        for _ in iter(lambda: simulator.calls.count("/api/ml/recognize") < ROOM[Compartment.PHOTOS], False):
            await asyncio.sleep(0.01)


async def _encoded(client: MlClient, shot: int) -> bool:
    try:
        return (await client.encode_face(photo_of("ann", shot=shot))).success
    except MlAnswerInvalid:
        return False
