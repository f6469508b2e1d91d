"""Gives the first answer again to a write that is retried with the same key."""

import hashlib
from collections.abc import Awaitable, Callable

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.replay.errors import IdempotencyKeyReused
from attendance_backend.domains.replay.repository import AnswerRepository
from attendance_backend.domains.replay.schemas import Asked, FirstAnswer, KeptAnswer
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.ports.tokens import TokenSigner
from attendance_kit.errors import ServiceError


class ReplayService:
    def __init__(
        self, answers: AnswerRepository, transactions: Transactions, tokens: TokenSigner, clock: Clock
    ) -> None:
        self._answers = answers
        self._transactions = transactions
        self._tokens = tokens
        self._clock = clock

    def asked(self, caller: Caller, method: str, path: str, key: str, body: bytes) -> Asked:
        """What identifies a request. The body's digest is keyed: a body may hold a password."""
        identity = f"{caller.id}\n{method}\n{path}\n{key}"
        return Asked(hashlib.sha256(identity.encode()).hexdigest(), self._tokens.fingerprint(body))

    async def once(
        self, caller: Caller, asked: Asked | None, work: Callable[[Transaction], Awaitable[FirstAnswer | ServiceError]]
    ) -> FirstAnswer:
        """The first answer, or that of the work, which is kept in the work's own transaction.

        Raises:
            IdempotencyKeyReused: the key came with another body before.
            ServiceError: the work returned it. What it did is kept, the error is not: asked again, it is done again.
        """

        async def attempt(tx: Transaction) -> FirstAnswer | ServiceError:
            if asked and (first := await self._first(caller, asked, tx)):
                return first
            answer = await work(tx)
            if asked and isinstance(answer, FirstAnswer):
                await self._answers.add(caller, self._kept(asked, answer), tx)
            return answer

        given = await self._transactions.run(attempt)
        if isinstance(given, ServiceError):
            raise given
        return given

    async def around(
        self, caller: Caller, asked: Asked | None, work: Callable[[], Awaitable[FirstAnswer]]
    ) -> FirstAnswer:
        """As `once`, for work outside of a transaction; of two tries at once both work, and both give one answer."""
        if asked is None:
            return await work()
        if first := await self._first(caller, asked, None):
            return first
        answer = await work()
        if await self._answers.add_alone(caller, self._kept(asked, answer)):
            return answer
        return await self._first(caller, asked, None) or answer

    async def forget_measured(self, caller: Caller, student_id: str) -> None:
        """Forget the kept answers that tell how alike a face was to this student; retried, it is done again."""
        await self._answers.remove_measured(caller, student_id)

    async def _first(self, caller: Caller, asked: Asked, tx: Transaction | None) -> FirstAnswer | None:
        kept = await self._answers.find(caller, asked.id, tx)
        if kept is None:
            return None
        if kept.fingerprint != asked.fingerprint:
            raise IdempotencyKeyReused
        return kept.answer.model_copy(update={"replayed": True})

    def _kept(self, asked: Asked, answer: FirstAnswer) -> KeptAnswer:
        return KeptAnswer(id=asked.id, fingerprint=asked.fingerprint, answer=answer, at=self._clock.now())
