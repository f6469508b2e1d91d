"""Runs commands of this program as child processes, which have the settings of their parent. It never uses a shell."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE

from attendance_backend.ports.commands import CommandFailedError

MODULE = "attendance_backend"


class ChildCommands:
    """`OwnCommands` of the same installation of the program."""

    async def run(self, *arguments: str) -> str:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", MODULE, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
        try:
            told, complained = await child.communicate()
        finally:
            if child.returncode is None:
                child.terminate()
                await child.wait()
        if child.returncode:
            lines = complained.decode(errors="replace").strip().splitlines()
            raise CommandFailedError(lines[-1] if lines else f"status {child.returncode}")
        return told.decode(errors="replace")
