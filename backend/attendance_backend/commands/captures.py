"""`captures dead` and `captures requeue`: what was given up, and another try for it."""

import argparse
from collections.abc import AsyncIterator

from attendance_backend.commands.area import Commands
from attendance_backend.commands.inside import run_inside
from attendance_backend.domains.attendance.queue.schemas import CaptureProgress
from attendance_backend.domains.attendance.queue.service import QueueService
from attendance_backend.domains.attendance.schemas import CaptureState
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.paging import MAX_LIMIT, PageRequest, next_page
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.provide import Services


def add_to(commands: Commands) -> None:
    captures = commands.add_parser("captures", help="photos that were given up").add_subparsers(required=True)
    captures.add_parser("dead", help="list them, and why").set_defaults(run=_dead)
    requeue = captures.add_parser("requeue", help="have them tried again")
    which = requeue.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every one whose photo is still there")
    which.add_argument("id", nargs="?", help="of one")
    requeue.set_defaults(run=_requeue)


def _dead(_asked: argparse.Namespace) -> int:
    async def work(made: Services, _transactions: Transactions) -> int:
        found = 0
        async for capture in _given_up(made.get(QueueService)):
            found += 1
            gone = "" if capture.has_photo else ", the photo was erased"
            print(f"{capture.id} {capture.submitted_at:%Y-%m-%d %H:%M} {capture.error_code}{gone}")
        return found

    print(f"{run_inside(work)} captures were given up")
    return 0


def _requeue(asked: argparse.Namespace) -> int:
    async def one(made: Services, transactions: Transactions) -> CaptureProgress:
        queue = made.get(QueueService)

        async def requeue(tx: Transaction) -> CaptureProgress:
            return await queue.requeue(SYSTEM, asked.id, tx)

        return await transactions.run(requeue)

    async def every(made: Services, transactions: Transactions) -> int:
        return await _requeue_all(made.get(QueueService), transactions)

    if asked.all:
        print(f"{run_inside(every)} captures are tried again")
        return 0
    told = run_inside(one)
    print(f"{told.id} is {told.state}")
    return 0


async def _requeue_all(queue: QueueService, transactions: Transactions) -> int:
    """How many were put back, each in a transaction of its own: it may be cut short and run again."""
    done = 0
    # Read whole before the first is put back: the pages go by what is still given up.
    for capture in [capture async for capture in _given_up(queue) if capture.has_photo]:

        async def requeue(tx: Transaction, capture_id: str = capture.id) -> CaptureProgress:
            return await queue.requeue(SYSTEM, capture_id, tx)

        done += (await transactions.run(requeue)).state is not CaptureState.DEAD
    return done


async def _given_up(queue: QueueService) -> AsyncIterator[CaptureProgress]:
    asked: PageRequest | None = PageRequest(MAX_LIMIT)
    while asked:
        found = await queue.dead(SYSTEM, asked)
        for capture in found.items:
            yield capture
        asked = next_page(asked, found)
