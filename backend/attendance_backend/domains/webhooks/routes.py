"""Webhooks as the office manages them, and what became of their deliveries."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.webhooks.errors import TooManyWebhooks, WebhookDisabled
from attendance_backend.domains.webhooks.schemas import (
    DeliveryView,
    NewWebhook,
    Webhook,
    WebhookChange,
    WebhookView,
    WebhookWithSecret,
)
from attendance_backend.domains.webhooks.service import WebhookService
from attendance_backend.once import Once
from attendance_backend.paging import NewestPage, Page
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])
Service = Annotated[WebhookService, Depends(provided(WebhookService))]
Office = Annotated[Caller, allowed(Permission.MANAGE_WEBHOOKS)]
ONE = "/{webhook_id}"
MISSING = problem_responses(Problem, [NotFound])
NOT_SENT = problem_responses(Problem, [NotFound, WebhookDisabled])


def _with_secret(service: WebhookService, answer: str) -> WebhookWithSecret:
    view = WebhookWithSecret.model_validate_json(answer)
    return view.model_copy(update={"secret": service.secret(view.id, view.secret_number)})


def _shown(webhook: Webhook) -> WebhookWithSecret:
    return WebhookWithSecret.model_validate(webhook)


@router.post(
    "", status_code=201, response_model=WebhookWithSecret, responses=problem_responses(Problem, [TooManyWebhooks])
)
async def create_webhook(new: NewWebhook, caller: Office, service: Service, once: Once) -> Response:
    """Let another program be told. The answer has the secret that signs; nobody is told it again."""

    async def create(tx: Transaction) -> WebhookWithSecret:
        return _shown(await service.create(caller, new, tx))

    return await once(caller, create, complete=lambda answer: _with_secret(service, answer))


@router.get("")
async def webhooks(caller: Office, service: Service) -> Page[WebhookView]:
    """Every webhook: there are 20 at most."""
    return Page(items=[WebhookView.model_validate(webhook) for webhook in await service.all(caller)])


@router.get(ONE, responses=MISSING)
async def webhook(webhook_id: str, caller: Office, service: Service) -> WebhookView:
    return WebhookView.model_validate(await service.webhook(caller, webhook_id))


@router.patch(ONE, response_model=WebhookView, responses=MISSING)
async def change_webhook(
    webhook_id: str, given: WebhookChange, caller: Office, service: Service, once: Once
) -> Response:
    """Change where it goes and what it tells; enable one that was disabled."""

    async def change(tx: Transaction) -> WebhookView:
        return WebhookView.model_validate(await service.change(caller, webhook_id, given, tx))

    return await once(caller, change)


@router.delete(ONE, status_code=204, responses=MISSING)
async def remove_webhook(webhook_id: str, caller: Office, service: Service, once: Once) -> Response:
    return await once(caller, lambda tx: service.remove(caller, webhook_id, tx))


@router.post(f"{ONE}/secret", response_model=WebhookWithSecret, responses=MISSING)
async def rotate_webhook_secret(webhook_id: str, caller: Office, service: Service, once: Once) -> Response:
    """A new secret, told once; for a day the one before signs as well."""

    async def rotate(tx: Transaction) -> WebhookWithSecret:
        return _shown(await service.rotate(caller, webhook_id, tx))

    return await once(caller, rotate, complete=lambda answer: _with_secret(service, answer))


@router.post(f"{ONE}/ping", status_code=202, response_model=DeliveryView, responses=NOT_SENT)
async def ping_webhook(webhook_id: str, caller: Office, service: Service, once: Once) -> Response:
    """Send an event that means nothing, to try the receiver."""

    async def ping(tx: Transaction) -> DeliveryView:
        return DeliveryView.model_validate(await service.ping(caller, webhook_id, tx))

    return await once(caller, ping)


@router.get(f"{ONE}/deliveries", responses=MISSING)
async def webhook_deliveries(webhook_id: str, caller: Office, service: Service, page: NewestPage) -> Page[DeliveryView]:
    """What it was told and what became of that, the newest first."""
    return (await service.page(caller, webhook_id, page)).map(DeliveryView.model_validate)


@router.post(
    f"{ONE}/deliveries/{{delivery_id}}/redeliver", status_code=202, response_model=DeliveryView, responses=NOT_SENT
)
async def redeliver(webhook_id: str, delivery_id: str, caller: Office, service: Service, once: Once) -> Response:
    """Send a delivery anew, under the same id."""

    async def again(tx: Transaction) -> DeliveryView:
        return DeliveryView.model_validate(await service.redeliver(caller, webhook_id, delivery_id, tx))

    return await once(caller, again)
