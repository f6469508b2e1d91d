"""`migrate`: brings the database of an older program to the schema of this one."""

import argparse
import asyncio

from attendance_backend.commands.area import Commands
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring import whole


def add_to(commands: Commands) -> None:
    migrate = commands.add_parser("migrate", help="bring the database of an older program to the schema of this one")
    migrate.set_defaults(run=_migrate)


def _migrate(_asked: argparse.Namespace) -> int:
    async def work() -> list[str]:
        async with whole(BackendSettings()) as one:
            return await one.installation.migrate()

    done = asyncio.run(work())
    for title in done:
        print(f"migrated to {title}")
    if not done:
        print("nothing to migrate")
    return 0
