"""Writes that can be retried: with an `Idempotency-Key`, the second try returns the first answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.replay.schemas import Asked, FirstAnswer
from attendance_backend.domains.replay.service import ReplayService
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_kit.errors import ServiceError

REPLAYED = "Idempotency-Replayed"
Work = Callable[[Transaction], Awaitable[BaseModel | ServiceError | None]]
"""What it raises undoes all of it; an error that it returns is what is answered, and what it did is kept."""
Complete = Callable[[str], BaseModel]
"""Reads an answer's JSON and gives the whole answer."""


@dataclass(frozen=True)
class Retriable:
    """One write of one request. Answers are told apart by caller, method, path and key, and compared by body."""

    replay: ReplayService
    request: Request
    status: int
    key: str | None

    async def __call__(
        self, caller: Caller, work: Work, body: bytes | None = None, complete: Complete | None = None
    ) -> Response:
        """Do the work in one transaction that also keeps its answer.

        Args:
            caller: who asks.
            work: what is asked.
            body: what was sent, if it came in a form.
            complete: adds to the answer, each time it is given, what may not be kept.
        """
        asked = self._asked(caller, await self.request.body() if body is None else body)

        async def answer(tx: Transaction) -> FirstAnswer | ServiceError:
            result = await work(tx)
            return result if isinstance(result, ServiceError) else answer_of(result, self.status)

        given = await self.replay.once(caller, asked, answer)
        if complete and given.body:
            given = given.model_copy(update={"body": complete(given.body).model_dump_json(by_alias=True)})
        return _render(given)

    async def around(self, caller: Caller, body: bytes, work: Callable[[], Awaitable[FirstAnswer]]) -> Response:
        """Do work that no one transaction can hold, since it waits for another service; its answer is kept after it.

        Such work has to be repeatable by itself: a crash in between means that it is done again.
        """
        asked = self._asked(caller, body)
        return _render(await self.replay.around(caller, asked, work))

    def _asked(self, caller: Caller, body: bytes) -> Asked | None:
        if self.key is None:
            return None
        # What is asked beside the path belongs to what is asked: it must not get the answer to something else.
        query = self.request.url.query.encode()
        asked = query + b"\n" + body if query else body
        return self.replay.asked(caller, self.request.method, self.request.url.path, self.key, asked)


def answer_of(result: BaseModel | None, status: int, headers: Mapping[str, str] | None = None) -> FirstAnswer:
    """An answer that can be kept."""
    return FirstAnswer(
        status=status, body=result.model_dump_json(by_alias=True) if result else None, headers=dict(headers or {})
    )


def _render(answer: FirstAnswer) -> Response:
    headers = {**answer.headers, **({REPLAYED: "true"} if answer.replayed else {})}
    return Response(answer.body, answer.status, headers, media_type="application/json" if answer.body else None)


async def retriable(
    request: Request,
    replay: Annotated[ReplayService, Depends(provided(ReplayService))],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> Retriable:
    """The dependency behind `Once`."""
    status = getattr(request.scope["route"], "status_code", None) or 200
    return Retriable(replay, request, status, idempotency_key)


Once = Annotated[Retriable, Depends(retriable)]
