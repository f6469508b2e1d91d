"""The inside of a backend for a command that works on it beside the running program."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from attendance_backend.ports.store import Transactions
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring import adapters, services

T = TypeVar("T")


@contextlib.asynccontextmanager
async def opened(*, filling: bool = False) -> AsyncIterator[tuple[Services, Transactions]]:
    """The services of the installation that the environment describes, and its transactions.

    `filling`: for a restore, to which the database is open though it is not whole.

    Raises:
        ValidationError: the settings are wrong.
        ConnectionFailure: there is no database.
    """
    settings = BackendSettings()
    async with adapters(settings, filling=filling) as outside:
        yield services(outside, settings), outside.transactions


def run_inside(work: Callable[[Services, Transactions], Awaitable[T]]) -> T:
    """Do a command's work with the services, and close everything after it."""

    async def run() -> T:
        async with opened() as (made, transactions):
            return await work(made, transactions)

    return asyncio.run(run())
