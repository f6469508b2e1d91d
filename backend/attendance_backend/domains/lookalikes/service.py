"""Compares each new face with the rest of the school, in the background, and keeps what a human says of a pair.

It computes nothing itself and never decides that two students are one.
"""

from collections.abc import Collection, Mapping, Sequence

from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.lookalikes.errors import CaseResolved, NotOfThisPair
from attendance_backend.domains.lookalikes.repository import LookalikesRepository
from attendance_backend.domains.lookalikes.schemas import Answer, CaseState, Lookalikes, Resolution, case_id
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.faces import FaceEngine
from attendance_backend.ports.store import Transaction
from attendance_contract.models import FaceStatus, RecognizeAnswer, RecognizedFace
from attendance_kit.errors import NotFound

STUDENTS_AT_ONCE = 200
TEMPLATES_A_RUN = 20
"""New faces compared in one run of the job: of a school of 2,000 each is ten calls of the ML service and 0.2 s."""


class LookalikesService:
    def __init__(
        self,
        cases: LookalikesRepository,
        enrolment: EnrolmentService,
        audit: AuditService,
        engine: FaceEngine,
        clock: Clock,
    ) -> None:
        self._cases = cases
        self._enrolment = enrolment
        self._audit = audit
        self._engine = engine
        self._clock = clock

    async def compare_new(self) -> None:
        """Compare faces that were enrolled or changed since with all others of their model, some at a time."""
        for template in await self._enrolment.uncompared(SYSTEM, TEMPLATES_A_RUN):
            vectors = [vector for face in await self._enrolment.faces([template]) for vector in face.vectors]
            await self.suspect(
                SYSTEM, template.student_id, await self.alike(template.student_id, vectors, template.model)
            )
            await self._enrolment.compared(SYSTEM, template)

    async def suspect(self, caller: Caller, student_id: str, others: Mapping[str, float]) -> None:
        """Open a case of a student and each of those who look like them, by their distance."""
        for other, distance in others.items():
            await self._cases.add(caller, self._case(student_id, other, distance))

    async def alike(self, student_id: str, vectors: Sequence[str], model: str) -> dict[str, float]:
        """The other students who would be named for these vectors of one, with the least distance of any vector."""
        found: dict[str, float] = {}
        after = ""
        while others := await self._enrolment.templates_after(SYSTEM, model, after, STUDENTS_AT_ONCE):
            after = others[-1].student_id
            faces = await self._enrolment.faces([one for one in others if one.student_id != student_id])
            for vector in vectors if faces else ():
                answer = await self._engine.match_many(vector, faces, model)
                for one in answer.all_distances or []:
                    if one.distance <= answer.thresholds.confident:
                        found[one.student_id] = min(one.distance, found.get(one.student_id, 1.0))
        return found

    def _case(self, one: str, other: str, distance: float) -> Lookalikes:
        return Lookalikes(
            id=case_id(one, other),
            student_ids=sorted([one, other]),
            state=CaseState.OPEN,
            distance=distance,
            found_at=self._clock.now(),
        )

    async def resolve(self, caller: Caller, case: str, given: Resolution, tx: Transaction) -> Lookalikes:
        """The case as a human resolves it; a wrong enrolment's vectors go with it.

        Raises:
            NotFound: there is no such case.
            CaseResolved: somebody was faster.
            NotOfThisPair: the student is none of the two.
        """
        found = await self._cases.by_id(caller, case, tx)
        if found is None:
            raise NotFound
        if given.student_id is not None and given.student_id not in found.student_ids:
            raise NotOfThisPair(field="student_id")
        state = CaseState.TWINS if given.answer is Answer.TWINS else CaseState.REMOVED
        change = {"state": state, "resolved_at": self._clock.now(), "resolved_by": caller.id}
        if not await self._cases.settle(caller, found, change, tx):
            raise CaseResolved
        if given.student_id is not None:
            await self._enrolment.remove_templates(caller, given.student_id, tx)
        await self._audit.note(caller, "look-alikes resolved", found.id, {"answer": given.answer}, tx)
        return found.model_copy(update=change)

    async def reviewed(self, answer: RecognizeAnswer) -> RecognizeAnswer:
        """The answer, in which nobody who has a double is named without a human."""
        matched = {face.match.student_id for face in answer.faces if face.match.student_id}
        in_doubt = await self._cases.in_doubt(SYSTEM, matched) if matched else set()
        if not in_doubt:
            return answer
        return answer.model_copy(update={"faces": [_for_review(face, in_doubt) for face in answer.faces]})

    async def forget(self, caller: Caller, student_id: str) -> None:
        """Forget what was measured of a student whose face is erased."""
        await self._cases.remove_of(caller, student_id)

    async def page(self, caller: Caller, state: CaseState | None, page: PageRequest) -> Page[Lookalikes]:
        return await self._cases.page(caller, state, page)


def _for_review(face: RecognizedFace, in_doubt: Collection[str]) -> RecognizedFace:
    if face.match.student_id not in in_doubt or face.match.status is not FaceStatus.PRESENT:
        return face
    return face.model_copy(update={"match": face.match.model_copy(update={"status": FaceStatus.UNCERTAIN})})
