"""`keys rotate` and `keys retire`: a new master key for every data key, and the end of the old one."""

import argparse
import asyncio
import sys

from attendance_backend.commands.area import Commands
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring import LocalMasters, adapters


def add_to(commands: Commands) -> None:
    keys = commands.add_parser("keys", help="the master key that wraps all data keys").add_subparsers(required=True)
    rotate = keys.add_parser("rotate", help="make a new master key and wrap every data key with it; the old one stays")
    rotate.set_defaults(run=_rotate)
    retire = keys.add_parser("retire", help="remove old master keys, once they wrap nothing any more")
    retire.set_defaults(run=_retire)


def _rotate(_asked: argparse.Namespace) -> int:
    """A rotation that was cut short is finished, not begun anew."""
    settings = BackendSettings()
    if settings.key_provider != "local":
        print("The key service rotates its own key; nothing to do here.", file=sys.stderr)
        return 1

    async def rotate() -> int:
        async with adapters(settings) as outside:
            if not await outside.vault.wrapped_otherwise():
                LocalMasters(settings.key_folder).add()
            return await outside.vault.rewrap()

    print(f"{asyncio.run(rotate())} data keys were wrapped anew. The old master key stays until `keys retire`.")
    return 0


def _retire(_asked: argparse.Namespace) -> int:
    """Not at once after a rotation: a program may have made a data key with the old one at that very moment."""
    settings = BackendSettings()

    async def retire() -> list[str]:
        async with adapters(settings) as outside:
            await outside.vault.rewrap()
            return LocalMasters(settings.key_folder).retire()

    removed = asyncio.run(retire())
    print(f"removed: {', '.join(removed) or 'nothing, there is one master key'}")
    return 0
