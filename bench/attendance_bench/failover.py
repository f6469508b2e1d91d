"""Two replicas behind a plain balancer, one of them killed at work: what the callers of the backend's client get."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace

import structlog

from attendance_backend.adapters.ml import MlAddress, MlClient
from attendance_backend.adapters.ml_calls import PAUSES
from attendance_backend.ports.faces import EnrolledFace, Gallery, GalleryUnknownError, PhotoRefused
from attendance_bench.balancer import balancing
from attendance_bench.people import timed_class
from attendance_bench.replicas import KEY, Replica, running_replica
from attendance_contract.models import RecognizeAnswer
from attendance_kit.errors import ServiceError
from attendance_ml.faces import load_engine
from attendance_ml.faces.models import SFACE, YUNET, ModelStore

CALLERS = 4
BEFORE, AFTER = 40, 60
"""Answers before the kill and after it."""
TIMEOUT_SECONDS = REST_SECONDS = 60.0
CLASS_PHOTO = (1920, 1280)
GALLERY_ID = "roster-behind-a-balancer"


@dataclass
class Failover:
    """What the callers got. `sent_along` counts photos whose replica did not hold the gallery, so that it went with the
    photo; `connections` how many each replica was given, the killed one last.
    """

    answered_before: int = 0
    answered_after: int = 0
    sent_along: int = 0
    wrong: int = 0
    lost: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0
    connections: list[int] = field(default_factory=list)

    def holds(self) -> bool:
        """Whether both replicas worked, each had to be told the roster, and no call was lost or answered otherwise."""
        worked = min(self.connections, default=0) > 0 and self.answered_after > 0
        return worked and self.sent_along >= len(self.connections) and not (self.lost or self.wrong)


@dataclass
class _Load:
    """The calls that are made, and what came of them."""

    photo: bytes
    gallery: Gallery
    names: list[str | None]
    dying: Replica
    before: int
    after: int
    seen: Failover = field(default_factory=Failover)

    async def keep_calling(self, client: MlClient) -> None:
        """One caller, until there are answers enough."""
        while self.seen.answered_after + len(self.seen.lost) < self.after:
            started = time.monotonic()
            killed = self.dying.process.returncode is not None
            try:
                answer = await self._ask(client)
            except ServiceError as error:
                self.seen.lost.append(error.detail)
                continue
            self.seen.slowest_seconds = max(self.seen.slowest_seconds, time.monotonic() - started)
            self.seen.wrong += _named(answer) != self.names
            self.seen.answered_after += killed
            self.seen.answered_before += not killed
            if self.seen.answered_before == self.before and not killed:
                self.dying.kill()  # the others are in the middle of their calls

    async def _ask(self, client: MlClient) -> RecognizeAnswer:
        """As the backend does: by the gallery's id, and with the gallery where the replica does not hold it."""
        try:
            return await client.recognize(self.photo, self.gallery.id, self.gallery.model)
        except GalleryUnknownError:
            self.seen.sent_along += 1
            return await client.recognize_with(self.photo, self.gallery)


async def fail_over(
    enrolled: Mapping[str, Sequence[bytes]],
    photo: bytes,
    *,
    before: int = BEFORE,
    after: int = AFTER,
    pauses: tuple[float, ...] = PAUSES,
) -> Failover:
    """Callers recognise `photo` all the time; after `before` answers one of the two replicas is killed."""
    with running_replica(ML_THREADS="1") as staying, running_replica(ML_THREADS="1") as dying:
        ports = [staying.port, dying.port]
        async with balancing(ports) as balancer, _clients(balancer.url, pauses) as clients:
            gallery = await _embedded(clients[0], enrolled)
            # Under an id of its own, so that both replicas still have to be told the roster.
            names = _named(await clients[0].recognize_with(photo, replace(gallery, id="another-roster")))
            load = _Load(photo, gallery, names, dying, before, after)
            await asyncio.gather(*(load.keep_calling(client) for client in clients))
            load.seen.connections = [balancer.connections[port] for port in ports]
    return load.seen


def measure_failover() -> bool:
    """Prints what a class of 30 with three photos each lived through as JSON; whether it holds what it promises."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # of the client's failed tries
    paths = {model.name: ModelStore().path(model.name) for model in (YUNET, SFACE)}
    timed = timed_class(load_engine(paths, threads=2))
    seen = asyncio.run(fail_over(timed.enrolled(), timed.class_photo(CLASS_PHOTO)))
    print(json.dumps({"source": timed.source, **asdict(seen)}, indent=2))
    return seen.holds()


@asynccontextmanager
async def _clients(url: str, pauses: tuple[float, ...]) -> AsyncIterator[list[MlClient]]:
    """Each has connections of its own, as the processes of a backend have."""
    seconds, thresholds = (TIMEOUT_SECONDS, TIMEOUT_SECONDS, REST_SECONDS), (0.5, 0.6)
    address = MlAddress([url], KEY, *seconds, *thresholds)
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(MlClient(address, pauses)) for _ in range(CALLERS)]


async def _embedded(client: MlClient, enrolled: Mapping[str, Sequence[bytes]]) -> Gallery:
    model, students = await client.model(), []
    for name, photos in enrolled.items():
        vectors = [vector for photo in photos if (vector := await _vector(client, photo))]
        if vectors:
            students.append(EnrolledFace(name, vectors))
    return Gallery(GALLERY_ID, model, students)


async def _vector(client: MlClient, photo: bytes) -> str | None:
    """None of a photo that enrolment does not take."""
    try:
        return str((await client.encode_face(photo)).embedding)
    except PhotoRefused:
        return None


def _named(answer: RecognizeAnswer) -> list[str | None]:
    return [face.match.student_id for face in answer.faces]
