"""Providers as shown, a sign-in's way there and back, and the identities that accounts belong to."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import Received


class ProviderView(BaseModel):
    """A provider by which people may sign in."""

    id: str
    name: str


class Providers(BaseModel):
    items: list[ProviderView]


class Departure(BaseModel):
    """Where the browser is to be sent."""

    address: str


class Return(Received):
    """What the provider put into the address to which it sent the browser back."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=4096)]
    state: Annotated[SecretStr, Field(min_length=1, max_length=200)]


class LinkedIdentity(Document):
    """Whom an account belongs to at a provider. `subject` is the provider's own name for them, which never changes."""

    user_id: str
    issuer: str
    subject: str
    created_at: datetime


class IdentityView(BaseModel):
    """One of the caller's identities; `provider` is None where it is set up no more."""

    id: str
    issuer: str
    provider: str | None
    created_at: datetime


class Identities(BaseModel):
    """At most one of each provider."""

    items: list[IdentityView]
