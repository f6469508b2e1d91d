"""`records recount`: counts all records anew and mends the tallies that say something else."""

import argparse

from attendance_backend.commands.area import Commands
from attendance_backend.commands.inside import run_inside
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.records.flows import RecordFlows
from attendance_backend.domains.records.schemas import Recounted
from attendance_backend.ports.store import Transactions
from attendance_backend.provide import Services


def add_to(commands: Commands) -> None:
    records = commands.add_parser("records", help="records of attendance").add_subparsers(required=True)
    recount = records.add_parser("recount", help="count all records anew and mend their totals, while others work on")
    recount.set_defaults(run=_recount)


def _recount(_asked: argparse.Namespace) -> int:
    async def work(made: Services, _transactions: Transactions) -> Recounted:
        return await made.get(RecordFlows).recount(SYSTEM)

    told = run_inside(work)
    print(f"{told.days} days of a subject counted, {told.repaired} of them repaired")
    return 0
