"""Keeps the codes of sessions and the check-ins made with them. It asks no other domain but the audit log."""

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.codes import policy
from attendance_backend.domains.codes.errors import CodeRefused, TriesUsedUp
from attendance_backend.domains.codes.repository import CheckInRepository, CodeRepository
from attendance_backend.domains.codes.schemas import CheckIn, NewCheckIn, NewCode, Refusal, SessionCode, Tries
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound, ServiceError

SECRET_BYTES = 32
FACE_WITHIN = timedelta(minutes=2)
"""Long enough to hold a phone up, too short to be sent the code by somebody in the room and come in later."""


class CodeService:
    def __init__(self, codes: CodeRepository, audit: AuditService, clock: Clock) -> None:
        self._codes = codes
        self._audit = audit
        self._clock = clock

    async def start(
        self, caller: Caller, session_id: str, subject_id: str, step_seconds: int, new: NewCode, tx: Transaction
    ) -> SessionCode:
        """The code of a session, with a new secret: what was shown before is not valid any more."""
        code = SessionCode(
            id=session_id,
            subject_id=subject_id,
            secret=secrets.token_bytes(SECRET_BYTES),
            step_seconds=step_seconds,
            with_face=new.with_face,
            started_at=self._clock.now(),
            started_by=caller.id,
        )
        await self._codes.put(caller, code, tx)
        await self._audit.note(caller, "code started", session_id, {"with_face": new.with_face}, tx)
        return code

    async def stop(self, caller: Caller, session_id: str, tx: Transaction) -> None:
        await self._codes.remove(caller, session_id, tx)
        await self._audit.note(caller, "code stopped", session_id, {}, tx)

    async def find(self, caller: Caller, session_id: str, tx: Transaction | None = None) -> SessionCode | None:
        """The code of a session; None: it shows none."""
        return await self._codes.by_session(caller, session_id, tx)

    async def of_sessions(self, caller: Caller, session_ids: Collection[str]) -> list[SessionCode]:
        """The codes of those of the sessions that show one."""
        return await self._codes.of_sessions(caller, session_ids)

    async def judge(
        self,
        caller: Caller,
        student_id: str,
        code: SessionCode,
        given: NewCheckIn,
        received: datetime,
        tx: Transaction,
    ) -> ServiceError | None:
        """Why a code that a student gave then does not count; a wrong one is counted and logged. None: it is valid."""
        if await self._codes.wrong(caller, _tries(code.id, student_id), tx) >= policy.MAX_WRONG:
            return TriesUsedUp(limit=policy.MAX_WRONG)
        refusal = policy.refusal_of(code, given, received)
        return await self.refuse(caller, student_id, code.id, refusal, tx) if refusal else None

    async def refuse(
        self, caller: Caller, student_id: str, session_id: str, why: Refusal, tx: Transaction
    ) -> ServiceError:
        """Count a refused code and log it; what to tell the student."""
        tries_id = _tries(session_id, student_id)
        wrong = await self._codes.wrong(caller, tries_id, tx) + 1
        await self._codes.put_wrong(caller, Tries(id=tries_id, wrong=wrong, at=self._clock.now()), tx)
        return await self.note_refusal(caller, student_id, session_id, why, tx)

    async def note_refusal(
        self, caller: Caller, student_id: str, session_id: str, why: Refusal, tx: Transaction
    ) -> ServiceError:
        """Log a refused code; what to tell the student."""
        told = {"student": student_id, "reason": why.value}
        await self._audit.note(caller, "check-in refused", session_id, told, tx)
        return CodeRefused()


def _tries(session_id: str, student_id: str) -> str:
    return f"{session_id}:{student_id}"


class CheckInService:
    def __init__(self, check_ins: CheckInRepository, audit: AuditService, clock: Clock) -> None:
        self._check_ins = check_ins
        self._audit = audit
        self._clock = clock

    async def enter(
        self, caller: Caller, student_id: str, code: SessionCode, device: str | None, tx: Transaction
    ) -> CheckIn:
        """The student's check-in: one a session, whose time stays, unless a photo should have followed and did not."""
        before = await self._check_ins.of_student(caller, code.id, student_id, tx)
        now = self._clock.now()
        if before and (before.face_by is None or before.face_by >= now):
            return before
        made = CheckIn(
            id=before.id if before else new_id(),
            session_id=code.id,
            subject_id=code.subject_id,
            student_id=student_id,
            at=now,
            by=caller.id,
            device=device,
            face_by=now + FACE_WITHIN if code.with_face else None,
        )
        await (self._check_ins.replace if before else self._check_ins.add)(caller, made, tx)
        await self._audit.note(caller, "checked in", code.id, {"student": student_id}, tx)
        return made

    async def own(self, caller: Caller, check_in_id: str) -> CheckIn:
        """One of the caller's own check-ins.

        Raises:
            NotFound: it is not theirs, or there is none.
        """
        if found := await self._check_ins.by_id(caller, check_in_id):
            return found
        raise NotFound

    async def confirm(self, caller: Caller, check_in: CheckIn, tx: Transaction) -> CheckIn:
        """The check-in with its face matched: from now on it counts."""
        confirmed = check_in.model_copy(update={"face_by": None})
        await self._check_ins.replace(caller, confirmed, tx)
        await self._audit.note(caller, "check-in confirmed", check_in.session_id, {"student": check_in.student_id}, tx)
        return confirmed

    async def of_sessions(
        self, caller: Caller, session_ids: Collection[str], tx: Transaction | None = None
    ) -> Mapping[str, Mapping[str, datetime]]:
        """Since when check-ins that count show students there, by session and student."""
        found = await self._check_ins.of_sessions(caller, session_ids, tx)
        return {session: {one.student_id: one.at for one in made if counts(one)} for session, made in found.items()}

    async def page(self, caller: Caller, session_id: str, page: PageRequest) -> tuple[Page[CheckIn], set[str]]:
        """A session's check-ins, and the devices among all of them that checked in several students."""
        made = (await self._check_ins.of_sessions(caller, [session_id])).get(session_id, [])
        return await self._check_ins.page(caller, session_id, page), shared_devices(made)


def counts(check_in: CheckIn) -> bool:
    """Whether a check-in shows that its student is there: no photo has to follow any more."""
    return check_in.face_by is None


def shared_devices(check_ins: Iterable[CheckIn]) -> set[str]:
    """The devices of more than one of the check-ins, which are of a student each."""
    used = Counter(one.device for one in check_ins)
    return {device for device, times in used.items() if device is not None and times > 1}
