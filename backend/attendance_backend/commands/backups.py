"""`backup`, `restore` and `db copy`: the whole of an installation, to a file and back, or to another server."""

import argparse
import asyncio
import sys
from pathlib import Path

from attendance_backend.commands.area import Commands
from attendance_backend.commands.inside import opened
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.backups.schemas import Backup, Restored
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.inventory.service import InventoryService
from attendance_backend.domains.privacy.service import ErasureService
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring import copying, whole


def add_to(commands: Commands) -> None:
    backup = commands.add_parser("backup", help="copy everything into a sealed file, while everything goes on")
    what = backup.add_mutually_exclusive_group(required=True)
    what.add_argument("--to", type=Path, metavar="FILE", help="write the data and the photos, without their keys")
    what.add_argument(
        "--into",
        type=Path,
        metavar="FOLDER",
        help="write the data and the photos into this folder; seven are kept",
    )
    what.add_argument("--keys-to", type=Path, metavar="FOLDER", help="write the keys; two are kept, seven days at most")
    what.add_argument(
        "--verify", type=Path, metavar="FILE", help="read a backup and what it builds on, and check every byte"
    )
    backup.add_argument(
        "--since", type=Path, metavar="EARLIER", help="with --to: leave out the photos that this backup beside it has"
    )
    backup.add_argument(
        "--incremental",
        action="store_true",
        help="with --into: leave out the photos that the last has, but once a week",
    )
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="put a backup into an empty or new database")
    restore.add_argument("--from", type=Path, required=True, dest="path", metavar="FILE", help="a backup of the data")
    restore.add_argument("--keys", type=Path, metavar="FILE", help="a backup of the keys, where the vault is lost too")
    restore.set_defaults(run=_restore)
    database = commands.add_parser("db", help="the database").add_subparsers(required=True)
    copy = database.add_parser("copy", help="copy everything but the photos into an empty database of another server")
    copy.add_argument("--to", required=True, metavar="URI", help="mongodb://…")
    copy.set_defaults(run=_copy)


def _backup(asked: argparse.Namespace) -> int:
    if (asked.since and not asked.to) or (asked.incremental and not asked.into):
        print("--since goes with --to, and --incremental with --into", file=sys.stderr)
        return 2

    async def work() -> Backup:
        async with whole(BackendSettings()) as one:
            if asked.verify:
                return one.backups.chain(asked.verify)[-1]
            version = await one.installation.version()
            if asked.to:
                return await one.backups.back_up(SYSTEM, asked.to, version, asked.since)
            if asked.into:
                whole_one = not asked.incremental
                backup, old = await one.backups.back_up_into(SYSTEM, asked.into, version, whole=whole_one)
            else:
                backup, old = await one.backups.back_up_keys(SYSTEM, asked.keys_to, version)
            for name in old:
                print(f"removed: {name}")
            return backup

    print(_told(asyncio.run(work())))
    return 0


def _told(backup: Backup) -> str:
    told, contents = backup.manifest, backup.contents
    photos = f", {contents.objects.count} photos ({contents.objects.size} bytes)" if backup.photos else ""
    more = f" and {len(backup.elsewhere)} in {told.since.file} and before" if told.since else ""
    gone = f", {contents.gone} of them erased meanwhile" if contents.gone else ""
    rows = f"{contents.documents} documents in {len(contents.collections)} collections"
    return f"{backup.path}: {told.holds} of {told.taken_at:%Y-%m-%d %H:%M:%S} UTC, {rows}{photos}{more}{gone}; whole"


def _restore(asked: argparse.Namespace) -> int:
    """Status 1: everything was put back, but not everything of it is as it should be; what is not is named."""

    async def work() -> int:
        async with whole(BackendSettings()) as one:
            restored = await one.restores.restore(SYSTEM, asked.path, asked.keys)
            for title in await one.filling.migrate():
                print(f"migrated to {title}")
            async with opened(filling=True) as (made, _):
                faults = await _erased_and_checked(made, restored)
            await one.restores.finish(restored)
        print(f"restored {_told(restored.data)}")
        for fault in faults:
            print(f"BUT: {fault}", file=sys.stderr)
        return 1 if faults else 0

    return asyncio.run(work())


async def _erased_and_checked(made: Services, restored: Restored) -> list[str]:
    """Erase again what was erased since, and say what is not as it should be."""
    again = await made.get(ErasureService).replay(SYSTEM, restored.keys_of)
    print(f"{again} erasures since then were carried out again")
    verdict = await made.get(AuditService).verify(SYSTEM)
    print(f"{verdict.sealed} entries of the audit log are chained, {verdict.unsealed} wait")
    readable, templates = await made.get(EnrolmentService).readable(SYSTEM)
    print(f"the vectors of {readable} of {templates} templates can be read")
    photos = await made.get(InventoryService).open_all(SYSTEM)
    print(f"{photos.readable} of {photos.told} photos can be read")
    return [
        *([f"the audit log is broken: {verdict.broken}"] if verdict.broken else []),
        *([f"{templates - readable} templates can't be read: their keys are missing"] if readable < templates else []),
        *([f"{photos.told - photos.readable} photos can't be read"] if photos.readable < photos.told else []),
    ]


def _copy(asked: argparse.Namespace) -> int:
    async def work() -> int:
        async with copying(BackendSettings(), asked.to) as (installation, flows):
            return await flows.copy(SYSTEM, await installation.version())

    print(f"{asyncio.run(work())} documents were copied and read again. Now set MONGODB_URI to the other server.")
    return 0
