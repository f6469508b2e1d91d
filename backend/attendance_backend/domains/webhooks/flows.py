"""Sending deliveries: taken by one worker, tried again later, given up in the end."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.webhooks import policy
from attendance_backend.domains.webhooks.repository import DeliveryRepository, WebhookRepository
from attendance_backend.domains.webhooks.schemas import FAILING, GONE, Delivery, DeliveryState, Webhook
from attendance_backend.domains.webhooks.service import WebhookService
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transactions
from attendance_backend.ports.webhooks import NotDeliveredError, WebhookClient

log = structlog.stdlib.get_logger(__name__)
DISABLED = "disabled"


@dataclass(frozen=True)
class DeliveryFlows:
    service: WebhookService
    webhooks: WebhookRepository
    deliveries: DeliveryRepository
    school: InstitutionService
    client: WebhookClient
    transactions: Transactions
    clock: Clock
    chance: Callable[[], float] = random.random
    leftover: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver_next(self) -> bool:
        """Send the delivery that is longest due. False: there was none."""
        now = self.clock.now()
        delivery = await self.deliveries.take(SYSTEM, now, now + policy.LEASE)
        if delivery is None:
            return False
        webhook = await self.webhooks.by_id(SYSTEM, delivery.webhook_id)
        if webhook is None or not webhook.enabled:
            await self._settle(delivery, DeliveryState.FAILED, None, DISABLED)
            return True
        try:
            headers, body = self.service.signed(webhook, delivery), delivery.body.encode()
            status = await self.client.post(webhook.url, headers, body)
        except NotDeliveredError as error:
            await self._failed(webhook, delivery, None, str(error))
        else:
            await self._answered(webhook, delivery, status)
        return True

    async def forget_old(self) -> None:
        """Delete what the school keeps no longer."""
        await self.service.forget(timedelta(days=(await self.school.settings(SYSTEM)).message_days))

    async def _answered(self, webhook: Webhook, delivery: Delivery, status: int) -> None:
        if not policy.is_taken(status):
            await self._failed(webhook, delivery, status, f"answered_{status}")
            return
        await self._settle(delivery, DeliveryState.DELIVERED, status, None)
        if webhook.failures:
            await self.webhooks.change(SYSTEM, webhook.id, {"failures": 0})

    async def _failed(self, webhook: Webhook, delivery: Delivery, status: int | None, reason: str) -> None:
        wait = policy.wait_after(delivery.attempts, self.chance())
        log.warning("webhook_not_delivered", delivery=delivery.id, reason=reason, attempts=delivery.attempts)
        if wait is None or status == policy.GONE_STATUS:
            await self._settle(delivery, DeliveryState.FAILED, status, reason)
        else:
            change = {"due": self.clock.now() + wait, "status": status, "reason": reason}
            await self.deliveries.settle(SYSTEM, delivery, change)
        after = await self.webhooks.failed(SYSTEM, webhook.id)
        if after and after.enabled and (status == policy.GONE_STATUS or after.failures >= policy.MAX_FAILURES):
            why = GONE if status == policy.GONE_STATUS else FAILING
            await self.transactions.run(lambda tx: self.service.disable(after, why, tx))

    async def _settle(self, delivery: Delivery, state: DeliveryState, status: int | None, reason: str | None) -> None:
        change = {"state": state, "status": status, "reason": reason, "settled_at": self.clock.now()}
        await self.deliveries.settle(SYSTEM, delivery, change)
