"""The queue under several workers who die and come too late, while others interfere: nothing twice, nothing lost."""

import asyncio
import contextlib
import hashlib
import random
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from backend.tests.domains.attendance.school import OFFICE, School, a_school
from backend.tests.simulator import photo_of

from attendance_backend.domains.attendance.errors import PhotoGone
from attendance_backend.domains.attendance.evidence.service import TraceService
from attendance_backend.domains.attendance.queue.service import QueueService
from attendance_backend.domains.attendance.schemas import Capture, CaptureState, SessionView
from attendance_backend.domains.attendance.service import (
    LEASE,
    LONGEST_PAUSE,
    MAX_FAULTS,
    CaptureService,
    SessionService,
)
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.ports.faces import MlUnavailable
from attendance_contract.images import ImageFormat
from attendance_contract.models import FoundMetadata, RecognizeAnswer, Thresholds
from attendance_kit.errors import NotFound, ServiceError

ROUNDS = 5
PHOTOS, STEPS, AT_ONCE = 6, 25, 3
FAULTY = "ML_ANSWER_INVALID"


def marked(mark: str) -> RecognizeAnswer:
    """What the ML service says of a photo, told apart from whatever else it says."""
    return RecognizeAnswer(
        faces=[],
        count=0,
        thresholds=Thresholds(confident=0.5, uncertain=0.6, lookalike_margin=0.05),
        calibration=mark,
        gallery_id="a-gallery",
        metadata=FoundMetadata(image_dimensions=(4, 2), processing_time_ms=1.0, model="played@1"),
    )


@dataclass
class Bustle:
    """Workers and others at one queue, each step drawn by chance; whoever loses the lease still does its step."""

    school: School
    session: SessionView
    chance: random.Random
    captures: dict[str, Capture] = field(default_factory=dict)
    held: list[Capture] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    told: dict[str, str] = field(default_factory=dict)
    """The mark of the recognition that each capture was first seen with."""
    marks: int = 0

    @property
    def service(self) -> CaptureService:
        return self.school.services.get(CaptureService)

    async def submit(self, shot: int) -> None:
        """A photo whose sender has waited long enough."""
        photo = photo_of("ann", shot=shot)
        session = await self.school.services.get(SessionService).session(SYSTEM, self.session.id)
        digest = hashlib.sha256(photo).hexdigest()
        new = self.service.draft(self.school.teacher, session, digest, len(photo), ImageFormat.JPEG)
        draft = new.model_copy(update={"faults": MAX_FAULTS - 2})
        await self.service.keep_photo(draft, photo)
        assert await self.school.transactions.run(lambda tx: self.service.add(self.school.teacher, draft, tx))
        self.captures[draft.id] = draft
        self.held.append(draft)

    async def take(self) -> None:
        if capture := await self.service.take(SYSTEM):
            self.held.append(capture)

    async def settle(self) -> None:
        """Somebody who has, or had, a lease tells what came of it; or dies and tells nothing."""
        if not self.held:
            return
        capture = self.held.pop(self.chance.randrange(len(self.held)))
        with contextlib.suppress(NotFound):
            match self.chance.choice(["recognised", "away", "faulty", "dies"]):
                case "recognised":
                    self.marks += 1
                    await self.service.recognised(SYSTEM, capture, marked(f"mark-{self.marks}"))
                case "away":
                    await self.service.put_back(SYSTEM, capture, MlUnavailable(), at_once=self.chance.random() < 0.5)
                case "faulty":
                    await self.service.faulted(SYSTEM, capture, FAULTY)

    async def wait(self) -> None:
        self.school.clock.go_on(timedelta(seconds=self.chance.choice([1, 5, LEASE.total_seconds() + 1])))

    async def cancel(self) -> None:
        capture_id = self.chance.choice(list(self.captures))
        with contextlib.suppress(ServiceError):
            remove = self.school.flows.remove_capture
            await self.school.transactions.run(lambda tx: remove(self.school.teacher, capture_id, tx))
            await self.service.drop_photo(capture_id)
            self.removed.add(capture_id)

    async def erase(self) -> None:
        capture_id = self.chance.choice(list(self.captures))
        await self.school.services.get(TraceService).erase_photo(SYSTEM, capture_id)
        self.erased.add(capture_id)

    async def requeue(self, capture_id: str | None = None) -> None:
        wanted, queue = capture_id or self.chance.choice(list(self.captures)), self.school.services.get(QueueService)
        with contextlib.suppress(ServiceError):
            await self.school.transactions.run(lambda tx: queue.requeue(OFFICE, wanted, tx))

    async def look(self) -> dict[str, Capture]:
        """The captures there are: what was recognised once stays as it is."""
        found = await self.service.of_session(SYSTEM, self.session.id)
        for capture in found:
            if capture.recognition:
                mark = self.told.setdefault(capture.id, capture.recognition.calibration)
                assert (capture.state, capture.recognition.calibration) == (CaptureState.RECOGNISED, mark)
            else:
                assert capture.id not in self.told, "what was recognised is lost"
        return {capture.id: capture for capture in found}

    async def drain(self) -> None:
        """All is well again: what was given up is tried again, and one worker works until nothing is left."""
        self.held.clear()
        for capture_id in self.captures:
            await self.requeue(capture_id)
        self.school.clock.go_on(LEASE + LONGEST_PAUSE)
        while capture := await self.service.take(SYSTEM):
            self.marks += 1
            await self.service.recognised(SYSTEM, capture, marked(f"mark-{self.marks}"))


async def test_whatever_happens_every_photo_is_recognised_once_or_was_taken_away(environment: dict[str, str]) -> None:
    async with a_school(environment, students=1) as school:
        for seed in range(ROUNDS):
            bustle = Bustle(school, await school.open(period=seed + 1), random.Random(seed))
            for shot in range(PHOTOS):
                await bustle.submit(shot)
            usual = [bustle.take, bustle.take, bustle.settle, bustle.settle, bustle.wait, bustle.requeue]
            steps = [*usual * 3, bustle.cancel, bustle.erase]
            for _ in range(STEPS):
                await asyncio.gather(*[bustle.chance.choice(steps)() for _ in range(AT_ONCE)])
                await bustle.look()
            await bustle.drain()

            left = await bustle.look()
            assert left.keys() == bustle.captures.keys() - bustle.removed, seed
            for capture in left.values():
                done = {CaptureState.RECOGNISED, *([CaptureState.FAILED] if capture.id in bustle.erased else [])}
                assert capture.state in done, (seed, capture)
                assert (capture.due, capture.lease) == (None, None)
            for capture_id in bustle.removed | bustle.erased:
                with pytest.raises(PhotoGone):
                    await bustle.service.photo(bustle.captures[capture_id])
