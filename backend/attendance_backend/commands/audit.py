"""`audit verify`: walks the chain of the audit log and names the first entry that is not as it was sealed."""

import argparse
import sys

from attendance_backend.commands.area import Commands
from attendance_backend.commands.inside import run_inside
from attendance_backend.domains.audit.schemas import Verdict
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.ports.store import Transactions
from attendance_backend.provide import Services


def add_to(commands: Commands) -> None:
    audit = commands.add_parser("audit", help="the audit log").add_subparsers(required=True)
    verify = audit.add_parser("verify", help="check that no entry was changed, removed, inserted or moved")
    verify.set_defaults(run=_verify)


def _verify(_asked: argparse.Namespace) -> int:
    """Status 1 when the chain is broken."""

    async def work(made: Services, _transactions: Transactions) -> Verdict:
        return await made.get(AuditService).verify(SYSTEM)

    verdict = run_inside(work)
    print(f"{verdict.sealed} entries are chained and as they were sealed; the last hash is {verdict.hash or 'none'}")
    tail = f", from {verdict.unsealed_from} on" if verdict.unsealed_from else ""
    print(f"{verdict.unsealed} entries wait to be sealed{tail}")
    if verdict.broken is None:
        return 0
    print(f"BROKEN: {verdict.broken}", file=sys.stderr)
    return 1
