"""Keeps the institution's settings, and says them to everybody who asks, from memory for a few seconds."""

from datetime import datetime, timedelta

from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.institution.repository import InstitutionRepository
from attendance_backend.domains.institution.schemas import InstitutionSettings, NewInstitutionSettings
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_backend.versions import check_version

REMEMBERED = timedelta(seconds=3)
"""So long another process may go on with what was changed here."""


class InstitutionService:
    def __init__(
        self, settings: InstitutionRepository, audit: AuditService, clock: Clock, first_time_zone: str
    ) -> None:
        self._settings = settings
        self._audit = audit
        self._clock = clock
        self._first = InstitutionSettings.of_a_new_installation(first_time_zone)
        self._known: tuple[datetime, InstitutionSettings] | None = None

    async def settings(self, caller: Caller) -> InstitutionSettings:
        """The settings as they were at most `REMEMBERED` ago."""
        now = self._clock.now()
        if self._known is None or not timedelta() <= now - self._known[0] < REMEMBERED:
            self._known = now, await self.kept(caller)
        return self._known[1]

    async def kept(self, caller: Caller, tx: Transaction | None = None) -> InstitutionSettings:
        """The settings as they are now: those of a new installation until somebody changes them."""
        return await self._settings.kept(caller, tx) or self._first

    async def change(
        self, caller: Caller, new: NewInstitutionSettings, expected: int | None, tx: Transaction
    ) -> InstitutionSettings:
        """The settings as they are from now on.

        Raises:
            VersionConflict: they were changed since the caller looked at them.
        """
        before = await self.kept(caller, tx)
        check_version(before.version, expected)
        after = before.model_copy(update={**new.model_dump(), "version": before.version + 1})
        changed = {name: value for name, value in new.model_dump().items() if value != getattr(before, name)}
        await self._settings.replace(caller, after, before, tx)
        await self._audit.note(caller, "institution changed", after.id, changed, tx)
        return after

    def forget(self) -> None:
        """Ask the database next time."""
        self._known = None
