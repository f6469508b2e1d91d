"""Says whether a program may start on a database, and brings an older one up to date. Nothing is migrated unasked."""

from collections.abc import Sequence

import structlog

from attendance_backend.documents import SCHEMA_VERSION
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.installation.errors import (
    DatabaseTooNew,
    MigrationDue,
    RestoreUnfinished,
    TargetNotEmpty,
)
from attendance_backend.domains.installation.repository import InstallationRepository
from attendance_backend.domains.installation.schemas import FIRST_VERSION, Installation, Migration

log = structlog.stdlib.get_logger(__name__)


class InstallationService:
    def __init__(
        self,
        installation: InstallationRepository,
        migrations: Sequence[Migration],
        newest: int = SCHEMA_VERSION,
        *,
        filling: bool = False,
    ) -> None:
        """`filling`: for what fills a database, to which it is open though it is not whole."""
        self._installation = installation
        self._migrations = migrations
        self._newest = newest
        self._filling = filling

    async def check(self) -> None:
        """Refuse to start where this program would read or write wrongly.

        Raises:
            DatabaseTooNew, MigrationDue: it was written with another schema.
            RestoreUnfinished: a part of it is missing.
        """
        found = await self._readable()
        if found.version < self._newest:
            raise MigrationDue(
                f"The database has version {found.version} of the schema and this program {self._newest}: "
                "make a backup with the program before, then run `smart-attendance migrate`."
            )

    async def migrate(self) -> list[str]:
        """Do what is missing, in order; the titles of what was done. It may be cut short, and done by several at once.

        Raises:
            DatabaseTooNew, RestoreUnfinished: as `check`.
        """
        version, done = (await self._readable()).version, list[str]()
        for migration in self._migrations:
            if migration.version <= version:
                continue
            await migration.run()
            await self._installation.advance(SYSTEM, version, migration.version)
            log.info("migrated", version=migration.version, title=migration.title)
            version = migration.version
            done.append(f"{migration.version}: {migration.title}")
        return done

    async def version(self) -> int:
        """Of the schema that the database was written with.

        Raises:
            DatabaseTooNew, RestoreUnfinished: as `check`.
        """
        return (await self._readable()).version

    async def check_whole(self) -> None:
        """Refuse a database that is still being filled, whatever its version.

        Raises:
            RestoreUnfinished: it is.
        """
        found = await self._installation.read(SYSTEM)
        if found and found.filled_from and not self._filling:
            raise RestoreUnfinished(f"{RestoreUnfinished.title} ({found.filled_from}).")

    async def check_empty(self) -> None:
        """Refuse what holds something that no filling has left behind.

        Raises:
            TargetNotEmpty: it does.
        """
        found = await self._installation.read(SYSTEM)
        is_begun = found is not None and found.filled_from is not None
        if not is_begun and not await self._installation.is_empty(SYSTEM):
            raise TargetNotEmpty(f"{TargetNotEmpty.title}: only one that is empty or new is filled.")

    async def begin_filling(self, filled_from: str, version: int) -> None:
        """Say that the database is not whole, and with which version of the schema it is being written."""
        await self._installation.fill(SYSTEM, version, filled_from)

    async def end_filling(self) -> None:
        """Say that the database is whole."""
        await self._installation.end_filling(SYSTEM)

    async def _readable(self) -> Installation:
        found = await self._told()
        if found.filled_from and not self._filling:
            raise RestoreUnfinished(f"{RestoreUnfinished.title} ({found.filled_from}).")
        if found.version > self._newest:
            raise DatabaseTooNew(
                f"The database has version {found.version} of the schema, and this program knows {self._newest} at "
                "most: install the program that wrote it, or restore a backup made before it did."
            )
        return found

    async def _told(self) -> Installation:
        """What the database says of itself; one that says nothing is new, or of before any did."""
        while True:
            if found := await self._installation.read(SYSTEM):
                return found
            is_new = await self._installation.is_empty(SYSTEM)
            await self._installation.add(SYSTEM, self._newest if is_new else FIRST_VERSION)
