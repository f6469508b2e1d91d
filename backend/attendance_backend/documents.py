"""How our models become documents and come back: `id` is `_id`, and each document tells the version of its schema."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from uuid6 import uuid7

SCHEMA_VERSION = 5
"""Of what this program writes; `wiring.migrations` says what brings an older database there."""


class Document(BaseModel):
    """A model that is kept. Fields a newer program added are ignored, so that an older one can still read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str

    def to_document(self) -> dict[str, Any]:
        fields = self.model_dump(mode="python")
        return {"_id": fields.pop("id"), **fields, "schema_version": SCHEMA_VERSION}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls.model_validate({**document, "id": document["_id"]})


def new_id() -> str:
    """A UUIDv7: sorts by the time it was made, and can't be guessed."""
    return str(uuid7())


def id_at(moment: datetime) -> str:
    """The least id that `new_id` could make at this millisecond: what was made before it sorts before it."""
    milliseconds = max(int(moment.timestamp() * 1000), 0)
    return str(UUID(int=milliseconds << 80))


def moment_of(made_id: str) -> datetime:
    """When an id was made, to the millisecond.

    Raises:
        ValueError: it is none that `new_id` makes.
    """
    return datetime.fromtimestamp((UUID(made_id).int >> 80) / 1000, UTC)
