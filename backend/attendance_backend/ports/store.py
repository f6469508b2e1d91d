"""Transactions: one for each thing a user does, so that a change and its audit entry are kept together or not."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from pymongo.asynchronous.client_session import AsyncClientSession

T = TypeVar("T")
RawDocument = dict[str, Any]
"""A document as the driver reads and writes it."""
Transaction = AsyncClientSession
"""Handed from a service to its repositories; only those look inside."""
ENDED = 11601
"""The server's code of a call in the middle of which somebody ended its transaction."""


class Transactions(Protocol):
    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do `work` in one transaction and commit it; what it raises undoes all of it.

        `work` may be called again after a conflict with somebody else's write, so it changes nothing but the database.
        """
