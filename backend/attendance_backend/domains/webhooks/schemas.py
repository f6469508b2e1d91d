"""Webhooks and their deliveries as received, kept and shown."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import Received, not_null

MAX_WEBHOOKS = 20


class EventType(StrEnum):
    SESSION_CLOSED = "session.closed"
    RECORD_CORRECTED = "record.corrected"
    PING = "ping"
    """Asked for by hand, to try a receiver."""


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


FAILING, GONE = "failing", "gone"
"""Why a webhook was disabled without anybody asking: nothing was delivered for long; the receiver said 410."""
Url = Annotated[str, Field(min_length=1, max_length=2_000, examples=["https://receiver.school.example/attendance"])]
Events = Annotated[
    list[Literal[EventType.SESSION_CLOSED, EventType.RECORD_CORRECTED]], Field(min_length=1, max_length=2)
]


class NewWebhook(Received):
    url: Url
    events: Events


class WebhookChange(Received):
    """What is to be different; a field that is not sent stays as it is."""

    url: Url | None = None
    events: Events | None = None
    enabled: bool | None = None

    @model_validator(mode="after")
    def _has_what_all_have(self) -> Self:
        return not_null(self, "url", "events", "enabled")


class Webhook(Document):
    """A webhook as kept. Its secrets are derived from its id and their numbers, and lie in no database.

    `failures` are the tries since the last that was taken. Until `previous_until` the secret before signs as well.
    """

    url: str
    events: list[EventType]
    enabled: bool
    disabled_reason: str | None = None
    failures: int = 0
    secret_number: int = 1
    previous_until: dt.datetime | None = None
    created_at: dt.datetime


class WebhookView(BaseModel):
    """A webhook as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    url: str
    events: list[EventType]
    enabled: bool
    disabled_reason: str | None = Field(description="`failing` or `gone`; null: nobody but the office disabled it")
    failures: int = Field(description="tries since the last that was taken")
    secret_number: int
    previous_until: dt.datetime | None = Field(description="until then the secret before signs as well")
    created_at: dt.datetime


class WebhookWithSecret(WebhookView):
    """A webhook as its maker is shown it, once."""

    secret: str | None = None


class Delivery(Document):
    """One event on its way to one webhook. Its id is the `webhook-id` that the receiver knows it by, however often."""

    webhook_id: str
    type: EventType
    body: str
    state: DeliveryState
    due: dt.datetime
    attempts: int = 0
    status: int | None = None
    reason: str | None = None
    at: dt.datetime
    settled_at: dt.datetime | None = None


class DeliveryView(BaseModel):
    """A delivery as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    webhook_id: str
    type: EventType
    body: str
    state: DeliveryState
    attempts: int
    status: int | None = Field(description="what the receiver answered last")
    reason: str | None = Field(description="why the last try failed")
    due: dt.datetime = Field(description="of one that waits: when it is tried next")
    at: dt.datetime
    settled_at: dt.datetime | None
