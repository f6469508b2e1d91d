"""Carries calls to the ML service: to which address, how often, how long, how many at once.

It knows nothing of faces. Whoever calls says how an answer is read, and what can't be read is a failure of the address.
"""

import asyncio
import contextlib
import hashlib
import math
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import httpx2
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge
from pydantic import ValidationError

from attendance_backend.adapters.authorities import trusted
from attendance_backend.adapters.breaker import Breaker, BreakerState, Pass
from attendance_backend.ports.faces import MlAnswerInvalid, MlUnavailable
from attendance_contract.errors import ErrorCode, Problem
from attendance_contract.headers import API_KEY, REQUEST_TIMEOUT_MS
from attendance_kit.correlation import outgoing_headers

A = TypeVar("A")
PAUSES = (1.0, 2.0, 4.0)
"""Seconds before the first, second and third retry, as the contract has them."""
JITTER = 0.25
BUSY = frozenset([502, 503, 504])
PROBE_SECONDS = 3.0
"""Somebody may be waiting for a probe, whose address hung a minute ago: a photo takes a second where all is well."""
BUSY_RETRY_AFTER = 5
log = structlog.stdlib.get_logger(__name__)


class Compartment(StrEnum):
    """Calls of one kind leave room for the others, however many there are and however long they hang."""

    PHOTOS = "photos"
    FACES = "faces"
    VECTORS = "vectors"


ROOM: Mapping[Compartment, int] = {Compartment.PHOTOS: 16, Compartment.FACES: 8, Compartment.VECTORS: 8}
"""Calls at once from one process: some 14 class photos a second is what two cores recognise, 16 keep them busy."""
REMEMBERED = 64
RETRY_SHARE = 0.2
RETRY_RESERVE = 10.0
"""One retry for five calls, and ten at first: a service that struggles gets a fifth more to do, not four times it."""


@dataclass(frozen=True)
class Call:
    """One call. Those that name the same thing in `near` go to the same address while it has no more to do.

    `photo` is what it is about, if it is about one.
    """

    method: str
    path: str
    compartment: Compartment
    near: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    photo: bytes = b""


@dataclass(frozen=True)
class Waiting:
    """How long is waited, in seconds: for a call with all its retries, for one try, and by an address that failed."""

    call_seconds: float
    try_seconds: float
    rest_seconds: float


class _TryAgainError(Exception):
    """A try that may go better next time, after at least `pause` seconds when the service said so."""

    def __init__(self, why: str, pause: float = 0.0, *, is_alive: bool = False) -> None:
        super().__init__(why)
        self.pause = pause
        self.is_alive = is_alive


class _RetryBudget:
    """What all calls together may spend on retries."""

    def __init__(self) -> None:
        self._left = RETRY_RESERVE

    def earn(self) -> None:
        self._left = min(RETRY_RESERVE, self._left + RETRY_SHARE)

    def spend(self) -> bool:
        """Whether there was enough for one retry."""
        enough = self._left >= 1
        self._left -= enough
        return enough


@dataclass(eq=False)
class _Target:
    url: str
    breaker: Breaker
    in_flight: int = 0
    choked_on: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    """Photos, by their hash, of which it gave no sound answer since it last gave one."""

    def chokes_again(self, call: Call) -> bool:
        """Whether it failed on the very photo before: then the photo may be to blame, and it is counted once."""
        if not call.photo:
            return False
        photo = hash(call.photo)
        known = photo in self.choked_on
        if not known:
            self.choked_on.append(photo)
        return known


class MlCalls:
    """Calls to one or several addresses of the ML service. Leaving it as a context closes its connections."""

    def __init__(
        self,
        urls: Sequence[str],
        api_key: str,
        waiting: Waiting,
        pauses: tuple[float, ...],
        registry: CollectorRegistry,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._waiting, self._pauses, self._clock = waiting, pauses, clock
        self._targets = [_Target(url, Breaker(clock, waiting.rest_seconds)) for url in urls]
        self._rooms = {compartment: asyncio.Semaphore(places) for compartment, places in ROOM.items()}
        self._budget = _RetryBudget()
        self._tries = Counter("ml_tries_total", "Tries of calls to the ML service.", ["outcome"], registry=registry)
        state = Gauge("ml_breaker_state", "0 closed, 1 half open, 2 open.", ["address"], registry=registry)
        for target in self._targets:
            state.labels(target.url).set_function(target.breaker.measured)
        self._http = httpx2.AsyncClient(
            verify=trusted(),
            headers={API_KEY: api_key},
            timeout=waiting.try_seconds,
            limits=httpx2.Limits(max_connections=2 * sum(ROOM.values()), max_keepalive_connections=16),
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def any_ready(self) -> bool:
        """Whether an address says that it is ready. One that can't be reached says nothing."""
        asked = (self._http.get(f"{target.url}/health/ready") for target in self._targets)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return any(isinstance(answer, httpx2.Response) and answer.is_success for answer in answers)

    def admits(self) -> bool:
        """Whether there is an address that would be asked now."""
        return any(target.breaker.admits() for target in self._targets)

    async def ask(self, call: Call, read: Callable[[httpx2.Response], A], wait: float | None = None) -> A:
        """What one address answers within `wait` seconds, name look-up, waiting for room and retries included.

        Raises:
            MlUnavailable: none answered, or all are left alone for a while after they failed.
            MlAnswerInvalid, and whatever else `read` raises.
        """
        return await self._ask(call, read, wait, self._targets)

    async def ask_all(self, call: Call, read: Callable[[httpx2.Response], A], wait: float | None = None) -> list[A]:
        """As `ask`, but what every address answers: what is forgotten must be forgotten by all."""
        asked = [asyncio.create_task(self._ask(call, read, wait, [target])) for target in self._targets]
        await asyncio.wait(asked)
        return [task.result() for task in asked]

    async def _ask(
        self, call: Call, read: Callable[[httpx2.Response], A], wait: float | None, targets: Sequence[_Target]
    ) -> A:
        end = self._clock() + (self._waiting.call_seconds if wait is None else wait)
        self._budget.earn()
        async with self._room(call.compartment, end):
            return await self._persist(call, read, end, targets)

    @contextlib.asynccontextmanager
    async def _room(self, compartment: Compartment, end: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(end - self._clock()):
                await self._rooms[compartment].acquire()
        except TimeoutError as error:
            raise _unavailable("too many calls wait for it") from error
        try:
            yield
        finally:
            self._rooms[compartment].release()

    async def _persist(
        self, call: Call, read: Callable[[httpx2.Response], A], end: float, targets: Sequence[_Target]
    ) -> A:
        """Try until there is an answer, or no time, no try or no address is left."""
        pauses = iter(self._pauses)
        failed = None
        while True:
            target, given = self._choose(call, targets, failed)
            try:
                return await self._try(target, given, call, read, end)
            except _TryAgainError as error:
                log.warning("ml_try_failed", path=call.path, why=str(error))
                failed, delay = target, self._delay(error, next(pauses, math.inf), end)
            await asyncio.sleep(delay)

    def _delay(self, error: _TryAgainError, pause: float, end: float) -> float:
        """Seconds before the next try.

        Raises:
            MlUnavailable: there is none.
        """
        delay = max(error.pause, pause * random.uniform(1 - JITTER, 1 + JITTER))
        if delay >= end - self._clock() or not self._budget.spend():
            raise _unavailable(str(error)) from error
        return delay

    def _choose(self, call: Call, targets: Sequence[_Target], failed: _Target | None) -> tuple[_Target, Pass]:
        """An address and leave to call it: one to be probed, else the one with least to do.

        Raises:
            MlUnavailable: all are left alone just now.
        """

        def fitness(target: _Target) -> tuple[bool, bool, int, bytes]:
            is_settled = target.breaker.state is not BreakerState.HALF_OPEN
            return target is failed, is_settled, target.in_flight, _nearness(target.url, call.near)

        for target in sorted(targets, key=fitness):
            if given := target.breaker.enter():
                return target, given
        rests = min(target.breaker.rests() for target in targets)
        refused = _unavailable("it failed and is left alone for a while", math.ceil(rests) or BUSY_RETRY_AFTER)
        refused.was_asked = failed is not None
        raise refused

    async def _try(
        self, target: _Target, given: Pass, call: Call, read: Callable[[httpx2.Response], A], end: float
    ) -> A:
        most = min(self._waiting.try_seconds, PROBE_SECONDS) if given.is_probe else self._waiting.try_seconds
        with self._watching(target, given, call):
            return read(_settled(await self._send(target.url, call, min(end - self._clock(), most))))

    @contextlib.contextmanager
    def _watching(self, target: _Target, given: Pass, call: Call) -> Iterator[None]:
        """Tell the address's breaker what comes of a try. A refusal by the contract is an answer like others."""
        target.in_flight += 1
        outcome, tell = "abandoned", target.breaker.abandoned
        try:
            yield
            outcome, tell = "answered", target.breaker.succeeded
            target.choked_on.clear()
        except MlAnswerInvalid:
            outcome = "failed"
            if not target.chokes_again(call):
                tell = target.breaker.failed
            raise
        except (_TryAgainError, MlUnavailable) as error:
            if not getattr(error, "is_alive", False):
                outcome, tell = "failed", target.breaker.failed
            raise
        except Exception:
            outcome, tell = "answered", target.breaker.succeeded
            raise
        finally:
            target.in_flight -= 1
            tell(given)
            self._tries.labels(outcome).inc()

    async def _send(self, url: str, call: Call, seconds: float) -> httpx2.Response:
        told = {REQUEST_TIMEOUT_MS: str(max(1, int(seconds * 1000))), **outgoing_headers()}
        headers = {**call.request.get("headers", {}), **told}
        try:
            async with asyncio.timeout(seconds):
                return await self._http.request(
                    call.method, f"{url}{call.path}", **{**call.request, "headers": headers}
                )
        except TimeoutError as error:
            raise _TryAgainError("no answer in time") from error
        except httpx2.TransportError as error:
            raise _TryAgainError(type(error).__name__) from error
        except httpx2.DecodingError as error:
            raise MlAnswerInvalid("The ML service's answer is not in the encoding it names.") from error


def problem_of(response: httpx2.Response) -> Problem | None:
    """What an answer says went wrong; None: nothing did, or it does not say it as the contract has it."""
    if response.is_success:
        return None
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return None


def _settled(response: httpx2.Response) -> httpx2.Response:
    """The response, unless it is one of those that a later try may better: every call is pure, repeating is safe."""
    problem = problem_of(response)
    code = problem.error_code if problem else None
    if response.status_code in BUSY and code != ErrorCode.DEADLINE_EXCEEDED:
        asked = response.headers.get("Retry-After", "")
        pause = float(asked) if asked.isdecimal() else 0.0
        # Too busy is no failure: who rests then, sends nothing to a service that works as fast as it can.
        raise _TryAgainError(f"status {response.status_code}", pause, is_alive=code == ErrorCode.OVERLOADED)
    return response


def _nearness(url: str, near: str) -> bytes:
    """Sorts the addresses alike for everybody who asks about the same thing, and otherwise for each of these things."""
    return hashlib.blake2b(f"{near} {url}".encode(), digest_size=8).digest()


def _unavailable(why: str, seconds: int = BUSY_RETRY_AFTER) -> MlUnavailable:
    return MlUnavailable(f"Face recognition can't be reached just now ({why}).", headers={"Retry-After": str(seconds)})
