"""The client of the ML service over a wire that fails: each call ends by its deadline, and the next one is served."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from typing import NoReturn

import pytest
from backend.tests.proxy import Moment, Proxy, running_proxy
from backend.tests.simulator import KEY, Simulator, photo_of

from attendance_backend.adapters.ml import MlAddress, MlClient
from attendance_backend.ports.faces import MlUnavailable

WAIT, PATIENCE = 1.0, 20.0
Fault = Callable[[Proxy], object]


def cut_in_the_answer(wire: Proxy) -> None:
    wire.moment = Moment([b"POST"], wire.refuse, answered=True)


def reset_in_the_answer(wire: Proxy) -> None:
    def reset() -> None:
        wire.reset()
        wire.refuse()

    wire.moment = Moment([b"POST"], reset, answered=True)


def trickle(wire: Proxy) -> None:
    wire.trickle, wire.delay = 1, 0.2


def black_hole(wire: Proxy) -> None:
    wire.speaks.clear()


def address(url: str) -> MlAddress:
    return MlAddress(
        urls=[url],
        api_key=KEY,
        timeout_seconds=5,
        try_timeout_seconds=2,
        rest_seconds=60,
        confident_threshold=0.4,
        uncertain_threshold=0.6,
    )


@pytest.fixture
async def wire(simulator: Simulator) -> AsyncIterator[Proxy]:
    async with running_proxy(simulator.port) as made:
        yield made


@pytest.mark.parametrize("fault", [cut_in_the_answer, reset_in_the_answer, trickle, black_hole])
async def test_a_call_ends_by_its_deadline_and_the_next_is_served(fault: Fault, wire: Proxy) -> None:
    async with MlClient(address(f"http://127.0.0.1:{wire.port}")) as client:
        await client.encode_face(photo_of("ann"))
        fault(wire)

        async with asyncio.timeout(PATIENCE):
            with pytest.raises(MlUnavailable):
                await client.encode_face(photo_of("ann"), wait=WAIT)

        wire.refuse()
        wire.trickle, wire.delay, wire.moment = None, 0.0, None
        wire.speaks.set()
        await wire.start()
        assert (await client.encode_face(photo_of("ann"))).metadata.model


async def test_a_look_up_of_the_name_that_hangs_is_bounded_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang(*_: object, **__: object) -> NoReturn:
        over.wait(PATIENCE)
        raise OSError("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        async with MlClient(address("http://ml.example:8001")) as client, asyncio.timeout(PATIENCE / 2):
            with pytest.raises(MlUnavailable):
                await client.encode_face(photo_of("ann"), wait=WAIT)
    finally:
        over.set()
