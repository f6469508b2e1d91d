"""Erases a student's face data: at once where it can, and again until nothing of it can be on its way any more.

Each step may be cut short anywhere and done again. It leaves the records, and says in the audit log what was erased.
"""

from datetime import datetime, timedelta

import structlog

from attendance_backend.documents import moment_of, new_id
from attendance_backend.domains.attendance.evidence.service import TraceService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.galleries.service import GalleryService
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.face_imports.service import FaceImportService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.lookalikes.service import LookalikesService
from attendance_backend.domains.own_faces.service import OwnFaceService
from attendance_backend.domains.privacy.repository import ErasureRepository
from attendance_backend.domains.privacy.schemas import Erasure, ErasureState, Ground
from attendance_backend.domains.reembeddings.service import ReembeddingService
from attendance_backend.domains.replay.service import ReplayService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.faces import MlAnswerInvalid, MlUnavailable
from attendance_backend.ports.store import Transaction, Transactions

SECOND_LOOK = timedelta(minutes=2)
"""A recognition that began before the vectors went has ended by then: the ML service is given 30 s for a photo."""
AGAIN = timedelta(seconds=30)
CLOCKS = timedelta(minutes=1)
"""Two machines' clocks may differ by this much."""
log = structlog.stdlib.get_logger(__name__)


class ErasureService:
    def __init__(
        self,
        erasures: ErasureRepository,
        enrolment: EnrolmentService,
        consent: ConsentService,
        traces: TraceService,
        galleries: GalleryService,
        lookalikes: LookalikesService,
        imports: FaceImportService,
        own_faces: OwnFaceService,
        reembeddings: ReembeddingService,
        replay: ReplayService,
        audit: AuditService,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._erasures = erasures
        self._enrolment = enrolment
        self._consent = consent
        self._traces = traces
        self._galleries = galleries
        self._lookalikes = lookalikes
        self._imports = imports
        self._own_faces = own_faces
        self._reembeddings = reembeddings
        self._replay = replay
        self._audit = audit
        self._transactions = transactions
        self._clock = clock

    async def ask(self, caller: Caller, student_id: str, ground: Ground, tx: Transaction) -> Erasure:
        """Put an erasure into the ledger; its templates go in the same transaction, the rest once that is certain."""
        now = self._clock.now()
        erasure = Erasure(
            id=new_id(),
            student_id=student_id,
            ground=ground,
            asked_by=caller.id,
            asked_at=now,
            state=ErasureState.PENDING,
            due=now + AGAIN,
        )
        await self._erasures.add(caller, erasure, tx)
        await self._audit.note(caller, "erasure asked", student_id, {"erasure": erasure.id, "ground": ground}, tx)
        await self._enrolment.remove_templates(caller, student_id, tx)
        return erasure

    async def carry_out(self, caller: Caller, erasure_id: str) -> None:
        """Erase what there is now. What the ML service can't be told now it is told by the job later."""
        erasure = await self._begin(erasure_id)
        if erasure is None or erasure.until is None:
            return
        student_id, until = erasure.student_id, erasure.until
        templates = await self._forget_vectors(erasure)
        await self._enrolment.destroy_key(caller, student_id)
        traces = await self._traces.erase(caller, student_id, until)
        await self._lookalikes.forget(caller, student_id)
        await self._imports.forget(caller, student_id)
        await self._own_faces.forget(caller, student_id, until)
        await self._reembeddings.forget(caller, student_id)
        await self._replay.forget_measured(caller, student_id)
        counted = {"templates": templates, "photos": len(traces.photos), "records": traces.records}
        try:
            counted["galleries"] = await self._galleries.forget(caller, student_id)
        except (MlUnavailable, MlAnswerInvalid) as error:
            log.warning("galleries_not_told", erasure=erasure_id, why=error.code)
            await self._settle(caller, erasure, {}, counted)
            return
        await self._settle(caller, erasure, self._advance(erasure), counted)

    async def carry_out_of(self, caller: Caller, student_id: str) -> None:
        """Carry out what was asked for a student and was not begun or not finished."""
        for erasure_id in await self._erasures.pending_of(caller, student_id):
            await self.carry_out(caller, erasure_id)

    async def carry_on(self) -> None:
        """Go on with every erasure that is due: cut short, not told to the ML service, or to be looked at again."""
        while erasure := await self._erasures.due(SYSTEM, self._clock.now()):
            await self.carry_out(SYSTEM, erasure.id)

    async def replay(self, caller: Caller, keys_of: datetime | None = None) -> int:
        """Do again, after older data were put back, what was erased since; how many erasures that are.

        `keys_of`: when the keys were backed up, if they were put back too; what was erased since has its key again.
        """
        now = self._clock.now()
        missing = await self._erasures.bring_back(caller, now)
        again = await self._erasures.ask_again(caller, keys_of - CLOCKS, now) if keys_of else missing
        await self.carry_on()
        return max(missing, again)

    async def page(self, caller: Caller, student_id: str, page: PageRequest) -> Page[Erasure]:
        return await self._erasures.page(caller, student_id, page)

    async def _begin(self, erasure_id: str) -> Erasure | None:
        now = self._clock.now()
        # Ids never go back while a process runs: by a clock that was set back, what there is would be of later.
        await self._erasures.begin(SYSTEM, erasure_id, max(now, moment_of(erasure_id)), now + AGAIN)
        return await self._erasures.by_id(SYSTEM, erasure_id)

    async def _forget_vectors(self, erasure: Erasure) -> int:
        """How many templates were still there: one that was on its way when it was asked, or came with a restore."""
        until = erasure.until or erasure.asked_at

        async def forget(tx: Transaction) -> int:
            await self._consent.end_given_before(SYSTEM, erasure.student_id, until, tx)
            return await self._enrolment.remove_templates_before(SYSTEM, erasure.student_id, until, tx)

        return await self._transactions.run(forget)

    def _advance(self, erasure: Erasure) -> dict[str, object]:
        now = self._clock.now()
        if erasure.state is ErasureState.PENDING:
            return {"state": ErasureState.SWEPT, "swept_at": now, "due": now + SECOND_LOOK}
        return {"state": ErasureState.DONE, "done_at": now, "due": None}

    async def _settle(
        self, caller: Caller, erasure: Erasure, change: dict[str, object], counted: dict[str, int]
    ) -> None:
        async def settle(tx: Transaction) -> None:
            if await self._erasures.settle(caller, erasure, change, counted, tx) and "state" in change:
                told: dict[str, str | int | bool | None] = {"erasure": erasure.id, "state": str(change["state"])}
                await self._audit.note(caller, "face data erased", erasure.student_id, {**told, **counted}, tx)

        await self._transactions.run(settle)
