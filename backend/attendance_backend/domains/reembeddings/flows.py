"""From kept photos to vectors of another model, step by step: each may be cut short anywhere and done again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from attendance_backend.bulk import pieces
from attendance_backend.documents import new_id
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.errors import EnrolmentConflict
from attendance_backend.domains.enrolment.galleries.service import GalleryService
from attendance_backend.domains.enrolment.models.service import ModelService
from attendance_backend.domains.enrolment.photos.service import KeptPhotoService
from attendance_backend.domains.enrolment.schemas import EnrolledVectors, Template
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.reembeddings.errors import StudentsMissing
from attendance_backend.domains.reembeddings.policy import (
    AT_ONCE,
    LEASE,
    REMOVED_A_STEP,
    STUDENTS_A_STEP,
    STUDENTS_EXAMINED,
    alike_anew,
    change_between,
    farthest,
    with_impostors,
)
from attendance_backend.domains.reembeddings.schemas import (
    Concerned,
    ConcernedView,
    Farthest,
    Kind,
    Measured,
    Phase,
    Reembedding,
    ReembeddingView,
    RunState,
)
from attendance_backend.domains.reembeddings.service import ReembeddingService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.faces import (
    EnrolledFace,
    FaceEngine,
    Gallery,
    MlAnswerInvalid,
    MlUnavailable,
    ModelUnknown,
)
from attendance_backend.ports.photos import PhotoGoneError
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.queue_worker import renewing
from attendance_contract.models import GalleryAnswer

AWAY = (MlUnavailable, MlAnswerInvalid)
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class ReembeddingFlows:
    runs: ReembeddingService
    enrolment: EnrolmentService
    models: ModelService
    kept_photos: KeptPhotoService
    consent: ConsentService
    galleries: GalleryService
    engine: FaceEngine
    transactions: Transactions
    leftover: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a change waits for the worker."""

    async def switch(self, caller: Caller, run_id: str, leave_out: int, tx: Transaction) -> ReembeddingView:
        """Raises NotFound, ReembeddingState, StudentsMissing: more than `leave_out` would not be recognised."""
        run = await self.runs.switch(caller, run_id, tx)
        had = await self.enrolment.students_of(caller, str(run.from_model))
        missing = len(had - await self.enrolment.students_of(caller, run.to_model))
        if missing > leave_out:
            raise StudentsMissing(
                "Photograph them again, or say how many may be left out.", limit=leave_out, actual=missing
            )
        return ReembeddingView.model_validate(run)

    async def concerned(self, caller: Caller, run_id: str, kind: Kind, page: PageRequest) -> Page[ConcernedView]:
        run = await self.runs.found(caller, run_id)
        found = await self.runs.concerned(caller, run_id, kind, page)
        students = [one.student_id for one in found.items]
        there = {one.student_id for one in await self.enrolment.templates(caller, students, run.to_model)}
        return found.map(
            lambda one: ConcernedView.model_validate({**one.model_dump(), "has_vectors": one.student_id in there})
        )

    async def work_on_one(self) -> bool:
        """Do one step of the change that is due. False: there was none."""
        held = await self.runs.take(SYSTEM)
        if held is None:
            return False
        async with renewing(LEASE.total_seconds() / 3, partial(self.runs.renew, SYSTEM, held)):
            try:
                await self._step(held)
            except (*AWAY, ModelUnknown) as reason:
                if isinstance(reason, ModelUnknown) and held.from_model is None:
                    await self.runs.fail(SYSTEM, held, reason.code)
                    return True
                log.warning("reembedding_waits", reembedding_id=held.id, reason=reason.code)
                await self.runs.put_back(SYSTEM, held, reason.code)
        return True

    async def _step(self, held: Reembedding) -> None:
        steps = {
            Phase.PREPARING: self._prepare,
            Phase.EMBEDDING: self._embed,
            Phase.COMPARING: self._compare,
            Phase.EXAMINING: self._examine,
        }
        await (self._discard(held) if held.state is RunState.DISCARDING else steps[held.phase](held))

    async def _prepare(self, held: Reembedding) -> None:
        choice = await self.models.chosen(SYSTEM)
        current = held.from_model or (choice.model if choice else await self.engine.model())
        able = {model.id for model in await self.engine.models() if model.calibrations}
        if current == held.to_model or held.to_model not in able:
            raise ModelUnknown
        await self.engine.load(held.to_model)
        students = len(await self.enrolment.students_of(SYSTEM, current))
        await self.runs.prepared(SYSTEM, held, current, students)

    async def _embed(self, held: Reembedding) -> None:
        templates = await self._next_students(held, STUDENTS_A_STEP)
        if not templates:
            await self.runs.went_on(SYSTEM, held, {"phase": Phase.COMPARING, "after": ""})
            return
        told = [one for some in pieces(templates, AT_ONCE) for one in await self._at_once(held, some) if one]
        change = {
            "after": templates[-1].student_id,
            "done": held.done + len(templates),
            "missing": held.missing + sum(one.kind is Kind.PHOTOGRAPH_AGAIN for one in told),
            "fewer": held.fewer + sum(one.kind is Kind.FEWER_PHOTOS for one in told),
        }
        await self.runs.went_on(SYSTEM, held, change, told)

    async def _at_once(self, held: Reembedding, templates: Sequence[Template]) -> list[Concerned | None]:
        """All of them have ended when this does, also where one could not be looked at."""
        given = await asyncio.gather(*(self._student(held, one) for one in templates), return_exceptions=True)
        for one in given:
            if isinstance(one, BaseException):
                raise one
        return [one for one in given if not isinstance(one, BaseException)]

    async def _student(self, held: Reembedding, source: Template) -> Concerned | None:
        """What there is to say of a student after vectors were made of their photos; None: they have all of them."""
        if not await self.consent.consenting(SYSTEM, [source.student_id]):
            return None  # the consent has ended, and an erasure is on its way
        before = await self.enrolment.enrolled(SYSTEM, source.student_id, held.to_model)
        photos = await self._photos_of(source, before)
        after, codes = await self.enrolment.encode_again(photos, source.photos, before)
        if after is not before and not await self._keep(source, after):
            return None
        if not codes:
            return None
        kind = Kind.FEWER_PHOTOS if after.vectors else Kind.PHOTOGRAPH_AGAIN
        return _concerned(held, source.student_id, kind, reasons=sorted(set(codes)))

    async def _photos_of(self, source: Template, lacking: EnrolledVectors) -> dict[str, bytes]:
        """By their digest, the kept photos of a template that another one lacks."""
        found: dict[str, bytes] = {}
        wanted = {photo.sha256 for photo in source.photos if not lacking.holds(photo.sha256)}
        for photo in await self.kept_photos.of_student(SYSTEM, source.student_id) if wanted else ():
            if photo.sha256 in wanted:
                try:
                    found[photo.sha256] = await self.kept_photos.content(photo)
                except PhotoGoneError:
                    continue
        return found

    async def _keep(self, source: Template, made: EnrolledVectors) -> bool:
        """Whether the vectors were kept; else the face was removed or enrolled anew meanwhile."""
        template = await self.enrolment.seal(made)

        async def keep(tx: Transaction) -> None:
            await self.enrolment.keep_beside(SYSTEM, source, template, made.template, tx)

        try:
            await self.transactions.run(keep)
        except EnrolmentConflict:
            log.info("reembedding_overtaken", student_id=source.student_id)
            return False
        return True

    async def _compare(self, held: Reembedding) -> None:
        templates = await self._next_students(held, STUDENTS_A_STEP)
        if not templates:
            await self.runs.went_on(SYSTEM, held, {"phase": Phase.EXAMINING, "after": ""})
            return
        before, now, told = held.before, held.now, list[Concerned]()
        for template in templates:
            pair = await self._measured(held, template.student_id)
            if pair is None:
                continue
            before, now = before.with_student(pair[0]), now.with_student(pair[1])
            if kind := change_between(*pair):
                distances = {"before": pair[0].distance, "now": pair[1].distance}
                told.append(_concerned(held, template.student_id, kind, **distances))
        change = {
            **_compared(before, now),
            "after": templates[-1].student_id,
            "harder": held.harder + sum(one.kind is Kind.HARDER for one in told),
            "easier": held.easier + sum(one.kind is Kind.EASIER for one in told),
        }
        await self.runs.went_on(SYSTEM, held, change, told)

    async def _measured(self, held: Reembedding, student_id: str) -> tuple[Farthest, Farthest] | None:
        """How well a student's photos are recognised by each other, by both models; None: they have too few."""
        found: list[Farthest] = []
        for model in (str(held.from_model), held.to_model):
            vectors = [one.vector for one in (await self.enrolment.enrolled(SYSTEM, student_id, model)).vectors]
            if len(vectors) < 2:  # noqa: PLR2004  # one photo has no other to be recognised by
                return None
            found.append(await self._farthest(student_id, vectors, model))
        return found[0], found[1]

    async def _farthest(self, student_id: str, vectors: Sequence[str], model: str) -> Farthest:
        distances: list[float] = []
        for index, vector in enumerate(vectors):
            others = EnrolledFace(student_id, [*vectors[:index], *vectors[index + 1 :]])
            answer = await self.engine.match_many(vector, [others], model)
            distances += [one.distance for one in answer.all_distances or ()]
        if not distances:
            raise MlAnswerInvalid("The ML service left out the distances.")
        return farthest(distances, answer.thresholds)

    async def _examine(self, held: Reembedding) -> None:
        """Compare different students, many at a time; what the two models say of the same ones."""
        old = await self._next_students(held, STUDENTS_EXAMINED)
        if not old:
            await self.runs.ended(SYSTEM, held, RunState.READY)
            return
        last = old[-1].student_id
        new = await self.enrolment.templates_after(SYSTEM, held.to_model, held.after, STUDENTS_EXAMINED)
        both = {one.student_id for one in old} & {one.student_id for one in new}
        change: dict[str, object] = {"after": last}
        anew: set[str] = set()
        if both:
            first = await self._examined([one for one in old if one.student_id in both])
            second = await self._examined([one for one in new if one.student_id in both])
            anew = alike_anew(first, second)
            change |= _compared(with_impostors(held.before, first), with_impostors(held.now, second))
            change["alike"] = held.alike + len(anew)
        told = [_concerned(held, student, Kind.ALIKE) for student in sorted(anew)]
        await self.runs.went_on(SYSTEM, held, change, told)

    async def _examined(self, templates: Sequence[Template]) -> GalleryAnswer:
        gallery = Gallery(new_id(), templates[0].model, await self.enrolment.faces(templates))
        await self.galleries.note(SYSTEM, gallery)
        return await self.engine.examine(gallery)

    async def _discard(self, held: Reembedding) -> None:
        goes = str(held.from_model) if held.switched_at else held.to_model
        choice = await self.models.chosen(SYSTEM)
        # Of a change that was given up before it was prepared, the model may be the one that recognises.
        is_left = choice is not None and goes not in {choice.model, choice.beside}
        if is_left and await self.enrolment.remove_some(SYSTEM, goes, REMOVED_A_STEP):
            await self.runs.went_on(SYSTEM, held, {})
        else:
            await self.runs.ended(SYSTEM, held, RunState.OVER)

    async def _next_students(self, held: Reembedding, most: int) -> list[Template]:
        return await self.enrolment.templates_after(SYSTEM, str(held.from_model), held.after, most)


def _compared(before: Measured, now: Measured) -> dict[str, object]:
    return {"before": before.model_dump(), "now": now.model_dump()}


def _concerned(held: Reembedding, student_id: str, kind: Kind, **told: object) -> Concerned:
    name = f"{held.id}:{student_id}:{kind}"
    return Concerned.model_validate({"id": name, "run_id": held.id, "student_id": student_id, "kind": kind, **told})
