"""Writes the audit entry of a change in the change's own transaction, and chains entries by hash seconds later.

It changes no entry but by sealing it.
"""

from collections.abc import AsyncIterator, Mapping

import structlog

from attendance_backend.documents import new_id
from attendance_backend.domains.audit import policy
from attendance_backend.domains.audit.repository import AuditRepository
from attendance_backend.domains.audit.schemas import Asked, AuditEntry, ChainHead, SealedEntry, Verdict
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction, Transactions
from attendance_kit.correlation import current_request_id

log = structlog.stdlib.get_logger(__name__)


class AuditService:
    def __init__(self, entries: AuditRepository, transactions: Transactions, clock: Clock) -> None:
        self._entries = entries
        self._transactions = transactions
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

    def every(self, caller: Caller) -> AsyncIterator[list[SealedEntry]]:
        """Every entry, some at a time."""
        return self._entries.every(caller)

    async def page(self, caller: Caller, asked: Asked, page: PageRequest) -> Page[SealedEntry]:
        return await self._entries.page(caller, asked, page, self._clock.now())

    async def seal(self) -> None:
        """Chain every entry that waits, some at a time, each lot in one transaction with the head that it moves."""
        await self._entries.start_chain(SYSTEM)
        while await self._transactions.run(self._seal_some):
            continue

    async def _seal_some(self, tx: Transaction) -> bool:
        """Whether there may be more. What commits late, though its id is older, is simply chained later."""
        waiting = await self._entries.unsealed(SYSTEM, tx)
        head = await self._entries.head(SYSTEM, tx)
        if not waiting or head is None:
            return False
        seals, after = policy.seals(waiting, head)
        if not await self._entries.move_head(SYSTEM, head, after, tx):
            return False
        await self._entries.seal(SYSTEM, seals, tx)
        # Also in the log, which is kept elsewhere: whoever rewrites the whole chain can't rewrite that.
        log.info("audit_sealed", number=after.number, hash=after.hash)
        return True

    async def verify(self, caller: Caller) -> Verdict:
        """Walk the chain from its first entry to the first that is not as it was sealed, and count what waits."""
        # The head as it was first: what is sealed during the walk is looked at next time.
        head = await self._entries.head(caller) or ChainHead()
        waiting = await self._unsealed(caller)
        reached, broken = await self._walk(caller, head)
        if broken is None and (stray := await self._entries.stray(caller)):
            broken = f"entry {stray} was inserted: it says that it is sealed and has no place in the chain"
        first = waiting[0] if waiting else None
        return Verdict(reached.number, reached.hash, len(waiting), first, broken)

    async def _walk(self, caller: Caller, head: ChainHead) -> tuple[ChainHead, str | None]:
        reached = ChainHead()
        async for entry in self._entries.chained(caller):
            if fault := policy.fault(entry, reached):
                return reached, fault
            reached = policy.head_after(entry)
        return reached, policy.end_fault(reached, head)

    async def _unsealed(self, caller: Caller) -> list[str]:
        """The ids of the entries that wait."""
        found: list[str] = []
        while some := await self._entries.unsealed(caller, after=found[-1] if found else ""):
            found += [entry.id for entry in some]
        return found
