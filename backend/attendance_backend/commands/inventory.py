"""`inventory`: holds photos, their keys and the documents that tell of them against each other."""

import argparse
import sys

from attendance_backend.commands.area import Commands
from attendance_backend.commands.inside import run_inside
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.inventory.schemas import Inventory
from attendance_backend.domains.inventory.service import InventoryService
from attendance_backend.ports.store import Transactions
from attendance_backend.provide import Services


def add_to(commands: Commands) -> None:
    inventory = commands.add_parser("inventory", help="look for photos that nothing tells of, and for missing ones")
    inventory.add_argument("--remove", action="store_true", help="remove what is left over; else it is only looked")
    inventory.set_defaults(run=_inventory)


def _inventory(asked: argparse.Namespace) -> int:
    """Status 1: a photo is missing of which something tells."""

    async def work(made: Services, _transactions: Transactions) -> Inventory:
        return await made.get(InventoryService).take(SYSTEM, remove=asked.remove)

    found = run_inside(work)
    done = "removed" if found.removed else "would be removed"
    print(f"{found.photos} photos lie in the store")
    print(f"{found.orphans} of which nothing tells {done}: {_some(found.orphan_ids)}")
    print(f"{found.keys} keys of photos that are gone {done}: {_some(found.key_ids)}")
    print(f"{found.missing} are missing of which something tells: {_some(found.missing_ids)}", file=sys.stderr)
    return 1 if found.missing else 0


def _some(ids: list[str]) -> str:
    return ", ".join(ids) or "none"
