"""Keeps webhooks, and writes an event's deliveries in the event's own transaction. It sends nothing."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.webhooks import policy
from attendance_backend.domains.webhooks.errors import TooManyWebhooks, WebhookDisabled
from attendance_backend.domains.webhooks.repository import DeliveryRepository, WebhookRepository
from attendance_backend.domains.webhooks.schemas import (
    MAX_WEBHOOKS,
    Delivery,
    DeliveryState,
    EventType,
    NewWebhook,
    Webhook,
    WebhookChange,
)
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_backend.ports.tokens import TokenSigner
from attendance_kit.errors import NotFound

Data = Mapping[str, object]


@dataclass(frozen=True)
class WebhookService:
    """`private`: webhooks may go to this machine and the networks around it."""

    webhooks: WebhookRepository
    deliveries: DeliveryRepository
    audit: AuditService
    tokens: TokenSigner
    clock: Clock
    private: bool

    async def tell(self, caller: Caller, kind: EventType, events: Sequence[Data], tx: Transaction) -> None:
        """Let every webhook that wants such events be told these, once the transaction is committed."""
        listening = [one for one in await self.webhooks.all(caller, tx) if one.enabled and kind in one.events]
        made = [self._delivery(webhook, kind, data) for webhook in listening for data in events]
        await self.deliveries.add(caller, made, tx)

    async def all(self, caller: Caller) -> list[Webhook]:
        return await self.webhooks.all(caller)

    async def webhook(self, caller: Caller, webhook_id: str, tx: Transaction | None = None) -> Webhook:
        """One webhook.

        Raises:
            NotFound: there is none of this id.
        """
        if found := await self.webhooks.by_id(caller, webhook_id, tx):
            return found
        raise NotFound

    async def create(self, caller: Caller, new: NewWebhook, tx: Transaction) -> Webhook:
        """A new webhook.

        Raises:
            InvalidRequest: of the address.
            TooManyWebhooks: there are `MAX_WEBHOOKS`.
        """
        policy.check_url(new.url, private=self.private)
        if len(await self.webhooks.all(caller, tx)) >= MAX_WEBHOOKS:
            raise TooManyWebhooks(limit=MAX_WEBHOOKS)
        events = sorted(set(new.events))
        made = Webhook(id=new_id(), url=new.url, events=events, enabled=True, created_at=self.clock.now())
        await self.webhooks.add(caller, made, tx)
        await self.audit.note(caller, "webhook created", made.id, {"events": ", ".join(events)}, tx)
        return made

    async def change(self, caller: Caller, webhook_id: str, given: WebhookChange, tx: Transaction) -> Webhook:
        """The webhook as it is kept from now on. One that is enabled again begins without failures.

        Raises:
            NotFound: there is none of this id.
            InvalidRequest: of the address.
        """
        if given.url is not None:
            policy.check_url(given.url, private=self.private)
        before = await self.webhook(caller, webhook_id, tx)
        change = given.model_dump(exclude_unset=True)
        if given.enabled is not None:
            change |= {"disabled_reason": None, "failures": 0}
        if given.events is not None:
            change["events"] = sorted(set(given.events))
        return await self._change(caller, before, change, "webhook changed", tx)

    async def remove(self, caller: Caller, webhook_id: str, tx: Transaction) -> None:
        """Forget a webhook, and what it was told."""
        await self.webhook(caller, webhook_id, tx)
        await self.deliveries.remove_of(caller, webhook_id, tx)
        await self.webhooks.remove(caller, webhook_id, tx)
        await self.audit.note(caller, "webhook removed", webhook_id, {}, tx)

    async def rotate(self, caller: Caller, webhook_id: str, tx: Transaction) -> Webhook:
        """The webhook with a new secret; for `OVERLAP` the one before signs as well."""
        before = await self.webhook(caller, webhook_id, tx)
        until = self.clock.now() + policy.OVERLAP
        change = {"secret_number": before.secret_number + 1, "previous_until": until}
        return await self._change(caller, before, change, "webhook secret rotated", tx)

    async def ping(self, caller: Caller, webhook_id: str, tx: Transaction) -> Delivery:
        """An event that means nothing, on its way to one webhook.

        Raises:
            NotFound: there is none of this id.
            WebhookDisabled: nothing is sent to it.
        """
        webhook = await self._enabled(caller, webhook_id, tx)
        made = self._delivery(webhook, EventType.PING, {"webhook_id": webhook_id})
        await self.deliveries.add(caller, [made], tx)
        await self.audit.note(caller, "webhook pinged", webhook_id, {"delivery": made.id}, tx)
        return made

    async def redeliver(self, caller: Caller, webhook_id: str, delivery_id: str, tx: Transaction) -> Delivery:
        """A delivery that is sent anew, whatever became of it, under the id that the receiver may know.

        Raises:
            NotFound: there is none of these ids.
            WebhookDisabled: nothing is sent to it.
        """
        await self._enabled(caller, webhook_id, tx)
        before = await self.deliveries.by_id(caller, webhook_id, delivery_id, tx)
        if before is None:
            raise NotFound
        change = {"state": DeliveryState.WAITING, "due": self.clock.now(), "attempts": 0, "settled_at": None}
        await self.deliveries.change(caller, delivery_id, change, tx)
        await self.audit.note(caller, "webhook redelivered", webhook_id, {"delivery": delivery_id}, tx)
        return before.model_copy(update=change)

    async def page(self, caller: Caller, webhook_id: str, page: PageRequest) -> Page[Delivery]:
        """What a webhook was told."""
        await self.webhook(caller, webhook_id)
        return await self.deliveries.page(caller, webhook_id, page)

    def secret(self, webhook_id: str, number: int) -> str:
        """A webhook's secret as its receiver is told it."""
        return policy.secret_of(self._derived(webhook_id, number))

    def signed(self, webhook: Webhook, delivery: Delivery) -> dict[str, str]:
        """The headers of a delivery that is sent now."""
        now, number = self.clock.now(), webhook.secret_number
        overlaps = webhook.previous_until is not None and now < webhook.previous_until
        numbers = [number, number - 1] if overlaps else [number]
        derived = [self._derived(webhook.id, one) for one in numbers]
        return policy.headers_of(delivery.id, now, delivery.body, derived)

    async def disable(self, webhook: Webhook, reason: str, tx: Transaction) -> None:
        """Send nothing more to a webhook until the office enables it again."""
        change = {"enabled": False, "disabled_reason": reason}
        await self.webhooks.change(SYSTEM, webhook.id, change, tx)
        await self.audit.note(SYSTEM, "webhook disabled", webhook.id, {"reason": reason}, tx)

    async def forget(self, kept_for: dt.timedelta) -> int:
        """Delete deliveries that were kept long enough; how many."""
        return await self.deliveries.forget_older(SYSTEM, self.clock.now() - kept_for)

    async def _enabled(self, caller: Caller, webhook_id: str, tx: Transaction) -> Webhook:
        webhook = await self.webhook(caller, webhook_id, tx)
        if not webhook.enabled:
            raise WebhookDisabled
        return webhook

    async def _change(
        self, caller: Caller, before: Webhook, change: Mapping[str, object], done: str, tx: Transaction
    ) -> Webhook:
        await self.webhooks.change(caller, before.id, change, tx)
        await self.audit.note(caller, done, before.id, {"fields": ", ".join(sorted(change))}, tx)
        return before.model_copy(update=change)

    def _delivery(self, webhook: Webhook, kind: EventType, data: Data) -> Delivery:
        now = self.clock.now()
        return Delivery(
            id=new_id(),
            webhook_id=webhook.id,
            type=kind,
            body=policy.body_of(kind, now, data),
            state=DeliveryState.WAITING,
            due=now,
            at=now,
        )

    def _derived(self, webhook_id: str, number: int) -> str:
        return self.tokens.derive(policy.SECRET_PURPOSE, f"{webhook_id}:{number}")
