"""A school that changes its model, inside the test's own process: the worker's steps are the test's to take."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from backend.tests.domains.attendance.school import OFFICE, School, name_of
from backend.tests.simulator import photo_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.attendance.flows import RecognitionFlows
from attendance_backend.domains.consent.schemas import GivenBy, NewConsent, Purpose
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.flows import EnrolmentFlows
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.institution.schemas import NewInstitutionSettings
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.reembeddings.flows import ReembeddingFlows
from attendance_backend.domains.reembeddings.schemas import Kind, Reembedding, RunState
from attendance_backend.domains.reembeddings.service import ReembeddingService
from attendance_backend.paging import PageRequest
from attendance_backend.ports.store import Transaction

Move = Callable[[Caller, str, Transaction], Awaitable[Reembedding]]


@dataclass
class Change:
    """The school, and what is done to its models."""

    school: School
    mongo: Client
    database: str

    @property
    def runs(self) -> ReembeddingService:
        return self.school.services.get(ReembeddingService)

    @property
    def flows(self) -> ReembeddingFlows:
        return self.school.services.get(ReembeddingFlows)

    async def keep_photos(self, *, kept: bool = True) -> None:
        rules = self.school.services.get(InstitutionService)
        now = (await rules.kept(OFFICE)).model_dump(include=set(NewInstitutionSettings.model_fields))
        new = NewInstitutionSettings.model_validate({**now, "keep_enrolment_photos": kept})
        await self.school.transactions.run(lambda tx: rules.change(OFFICE, new, None, tx))
        rules.forget()

    async def enrol(self, number: int, *shots: int, sign: str = "") -> None:
        """With consent, and photos that a sign at the end of the name may make hard to see."""
        student, gate = self.school.students[number], self.school.services.get(ConsentService)
        consent = NewConsent(purpose=Purpose.FACE_RECOGNITION, text_version="1", given_by=GivenBy.STUDENT)
        if not await gate.consenting(OFFICE, [student]):
            await self.school.transactions.run(lambda tx: gate.give(OFFICE, student, consent, tx))
        photos = [photo_of(name_of(number) + sign, shot=shot) for shot in shots]
        await self.school.services.get(EnrolmentFlows).enrol(OFFICE, student, photos)

    async def start(self, model: str) -> str:
        return (await self.school.transactions.run(lambda tx: self.runs.start(OFFICE, model, tx))).id

    async def move(self, how: Move, run: str) -> Reembedding:
        return await self.school.transactions.run(lambda tx: how(OFFICE, run, tx))

    async def switch(self, run: str, leave_out: int = 0) -> None:
        await self.school.transactions.run(lambda tx: self.flows.switch(OFFICE, run, leave_out, tx))

    async def work(self, run: str) -> Reembedding:
        """Let the worker go on until there is nothing to do, a while later."""
        self.pass_time(minutes=2)
        while await self.flows.work_on_one():
            pass
        return await self.runs.found(OFFICE, run)

    async def ready(self, model: str) -> str:
        run = await self.start(model)
        assert (await self.work(run)).state is RunState.READY
        return run

    async def named(self, session: str, *numbers: int, shot: int) -> tuple[str, set[str]]:
        """By which model a photo of students is recognised, and who of them is named."""
        photo = photo_of(*[name_of(number) for number in numbers], shot=shot)
        view = await self.school.services.get(RecognitionFlows).submit(self.school.teacher, session, photo)
        return str(view.model), {face.student_id for face in view.faces if face.student_id}

    async def concerned(self, run: str, kind: Kind) -> dict[str, list[str]]:
        found = await self.flows.concerned(OFFICE, run, kind, PageRequest(100))
        return {one.student_id: one.reasons for one in found.items}

    async def photos_by_model(self, student: str | None = None) -> dict[str, int]:
        """How many vectors are kept of each model, of one student or of all."""
        counts: Counter[str] = Counter()
        async for row in self.mongo[self.database]["templates"].find({"student_id": student} if student else {}):
            counts[row["model"]] += len(row["photos"])
        return dict(counts)

    def pass_time(self, **time: float) -> None:
        self.school.clock.go_on(timedelta(**time))
