"""Has a backup made when the newest is old enough, by a command in a process of its own. It opens none itself."""

import asyncio
from datetime import timedelta

import structlog

from attendance_backend.domains.backups.policy import newest
from attendance_backend.domains.backups.standing.schemas import Standing
from attendance_backend.ports.backups import BackupFiles
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.commands import OwnCommands

log = structlog.stdlib.get_logger(__name__)


class StandingBackupService:
    def __init__(self, standing: tuple[Standing, ...], files: BackupFiles, commands: OwnCommands, clock: Clock) -> None:
        self.standing = standing
        self._files = files
        self._commands = commands
        self._clock = clock

    async def make_if_due(self, one: Standing) -> None:
        """Make a backup unless there is one that is young enough, whoever made it.

        Raises:
            CommandFailedError: none could be made.
        """
        age = await self.age(one)
        if age is None or age >= one.every:
            told = await self._commands.run("backup", *one.arguments)
            log.info("backup_made", holds=one.holds, told=told.strip())

    async def age(self, one: Standing) -> timedelta | None:
        """How old the newest backup is. A file has its name only once it is whole and on the disk."""
        names, now = await asyncio.to_thread(self._files.names, one.folder), self._clock.now()
        made = newest(names, one.holds, now)
        return now - made if made else None
