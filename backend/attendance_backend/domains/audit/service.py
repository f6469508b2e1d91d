"""Writes the audit entry of a change in the change's own transaction, so that neither is kept without the other."""

from collections.abc import Mapping

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.repository import AuditRepository
from attendance_backend.domains.audit.schemas import AuditEntry
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_kit.correlation import current_request_id


class AuditService:
    def __init__(self, entries: AuditRepository, clock: Clock) -> None:
        self._entries = entries
        self._clock = clock

    async def note(
        self,
        caller: Caller,
        action: str,
        target_id: str,
        details: Mapping[str, str | int | bool | None],
        tx: Transaction,
    ) -> None:
        """Tell that the caller did `action` to the target."""
        entry = AuditEntry(
            id=new_id(),
            at=self._clock.now(),
            actor_id=caller.id,
            actor_role=caller.role,
            action=action,
            target_id=target_id,
            details=dict(details),
            request_id=current_request_id(),
        )
        await self._entries.add(caller, entry, tx)
