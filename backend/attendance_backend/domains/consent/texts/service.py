"""Publishes texts of consent and says which there are."""

from collections.abc import AsyncIterator

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.errors import ConsentTextUnknown
from attendance_backend.domains.consent.texts.repository import ConsentTextRepository
from attendance_backend.domains.consent.texts.schemas import ConsentText, NewConsentText
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction


class ConsentTextService:
    def __init__(self, texts: ConsentTextRepository, audit: AuditService, clock: Clock) -> None:
        self._texts = texts
        self._audit = audit
        self._clock = clock

    def every(self, caller: Caller) -> AsyncIterator[list[ConsentText]]:
        """Every text, some at a time."""
        return self._texts.every(caller)

    async def publish(self, caller: Caller, new: NewConsentText, tx: Transaction) -> ConsentText:
        """A new text.

        Raises:
            ConsentTextTaken: there is one of this version and language; it may have been agreed to.
        """
        text = ConsentText(id=new_id(), **new.model_dump(), published_at=self._clock.now(), published_by=caller.id)
        await self._texts.add(caller, text, tx)
        told = {"version": text.version, "language": text.language}
        await self._audit.note(caller, "consent text published", text.id, told, tx)
        return text

    async def check(self, caller: Caller, version: str, tx: Transaction) -> None:
        """Raise ConsentTextUnknown unless a text of this version was published, in whatever language."""
        if not await self._texts.exists(caller, version, tx):
            raise ConsentTextUnknown(field="text_version")

    async def page(self, caller: Caller, version: str | None, page: PageRequest) -> Page[ConsentText]:
        return await self._texts.page(caller, version, page)
