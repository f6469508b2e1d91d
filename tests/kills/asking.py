"""Asks until there is an answer: a write that broke off is sent again with the same key, as a good client does."""

import asyncio
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx2

PATIENCE_SECONDS = 180.0
"""Within it every write is answered, whatever dies meanwhile."""
TRY_SECONDS = 15.0
PAUSE_SECONDS = 0.2
NO_ANSWERS = frozenset([HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS])
"""Beside those from 500 on: the same is asked again."""
BROKEN_OFF = (httpx2.NetworkError, httpx2.TimeoutException, httpx2.RemoteProtocolError)


@dataclass(frozen=True)
class Answered:
    """A write that is answered. `began` and `ended` are by the monotonic clock."""

    what: str
    key: str
    session: str
    status: int
    told: Any
    began: float
    ended: float
    about: dict[str, Any]

    @property
    def done(self) -> bool:
        return self.status < HTTPStatus.BAD_REQUEST


@dataclass
class Ledger:
    """All that was answered, and what came instead of an answer."""

    answered: list[Answered] = field(default_factory=list)
    setbacks: Counter[str] = field(default_factory=Counter)
    replayed: int = 0
    grown: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def longest(self) -> float:
        """Seconds until an answer, at most."""
        return max((each.ended - each.began for each in self.answered), default=0.0)

    async def reach(self, number: int) -> None:
        """Return once so many writes are answered."""
        async with self.grown:
            await self.grown.wait_for(lambda: len(self.answered) >= number)

    async def add(self, answered: Answered) -> None:
        async with self.grown:
            self.answered.append(answered)
            self.grown.notify_all()

    def done(self, *kinds: str) -> list[Answered]:
        return [each for each in self.answered if each.done and each.what in kinds]


@dataclass
class Asker:
    """Somebody who is signed in and does not give up."""

    http: httpx2.AsyncClient
    account: dict[str, str]
    ledger: Ledger
    token: str = ""

    async def write(
        self, what: str, session: str, method: str, path: str, *, key: str = "", about: Any = None, **sent: Any
    ) -> Answered:
        """Send it until it is answered.

        Raises:
            TimeoutError: it never was.
        """
        key = key or uuid.uuid4().hex
        began = time.monotonic()
        answer = await self._answer(method, path, {"Idempotency-Key": key}, sent)
        self.ledger.replayed += "Idempotency-Replayed" in answer.headers
        told = answer.json() if answer.content else None
        ended = time.monotonic()
        written = Answered(what, key, session, answer.status_code, told, began, ended, about or {})
        await self.ledger.add(written)
        return written

    async def read(self, path: str) -> Any:
        """The JSON of what is there; None: it is not there."""
        answer = await self._answer("GET", path, {}, {})
        return answer.json() if answer.is_success else None

    async def _answer(self, method: str, path: str, headers: dict[str, str], sent: dict[str, Any]) -> httpx2.Response:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if answer := await self._once(method, path, headers, sent):
                    return answer
                await asyncio.sleep(PAUSE_SECONDS)

    async def _once(
        self, method: str, path: str, headers: dict[str, str], sent: dict[str, Any]
    ) -> httpx2.Response | None:
        """None: no answer yet, or none that means anything."""
        told = {**headers, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        try:
            answer = await self.http.request(method, f"/api/v1{path}", headers=told, timeout=TRY_SECONDS, **sent)
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                await self._sign_in()
                return None
        except BROKEN_OFF as error:
            self.ledger.setbacks[type(error).__name__] += 1
            return None
        if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and answer.status_code not in NO_ANSWERS:
            return answer
        self.ledger.setbacks[f"{answer.status_code} {answer.text[:200]}"] += 1
        return None

    async def _sign_in(self) -> None:
        given = {name: self.account[name] for name in ("email", "password")}
        answer = await self.http.post("/api/v1/auth/sign-in", json=given, timeout=TRY_SECONDS)
        if answer.is_success:
            self.token = answer.json()["access_token"]
