"""`retention`: removes what was kept long enough, or says what would go first."""

import argparse

from attendance_backend.commands.area import Commands
from attendance_backend.commands.inside import run_inside
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.privacy.retention.schemas import Due, Removed
from attendance_backend.domains.privacy.retention.service import RetentionService
from attendance_backend.ports.store import Transactions
from attendance_backend.provide import Services


def add_to(commands: Commands) -> None:
    retention = commands.add_parser("retention", help="remove photos and records that were kept long enough")
    retention.add_argument("--dry-run", action="store_true", help="say what would go first, and remove nothing")
    retention.set_defaults(run=_retention)


def _retention(asked: argparse.Namespace) -> int:
    async def look(made: Services, _transactions: Transactions) -> Due:
        return await made.get(RetentionService).due(SYSTEM)

    async def remove(made: Services, _transactions: Transactions) -> Removed:
        return await made.get(RetentionService).remove(SYSTEM)

    if not asked.dry_run:
        done = run_inside(remove)
        print(
            f"removed: {done.photos} class photos, {done.orphans} orphans, {done.records} records, {done.others} others"
        )
        return 0
    due = run_inside(look)
    oldest = f", the oldest of {due.oldest_photo:%Y-%m-%d}" if due.oldest_photo else ""
    print(f"class photos taken before {due.photos_before:%Y-%m-%d}: {len(due.photos)} go first{oldest}")
    records = f"before {due.day}: {len(due.days)} days of a subject go first" if due.day else "are kept for ever"
    print(f"records {records}")
    print(f"photos that nothing tells of: {len(due.orphans)} go first")
    for collection, ids in due.old.items():
        print(f"{collection}: {len(ids)} go first")
    return 0
