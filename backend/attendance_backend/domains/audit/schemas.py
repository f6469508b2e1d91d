"""An audit entry as kept and shown, and what a walk along the chain finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document


class AuditEntry(Document):
    """One thing done. `details` names what changed, never a face, a vector or a password."""

    at: datetime
    actor_id: str
    actor_role: str
    action: str
    target_id: str
    details: dict[str, str | int | bool | None]
    request_id: str | None
    sealed: bool = False


class Seal(BaseModel):
    """An entry's place in the chain: its number, the hash of the one before, and its own over all of it."""

    model_config = ConfigDict(frozen=True)

    number: int
    previous: str
    hash: str


class SealedEntry(AuditEntry):
    """An entry as it is read: with its seal, once it has one."""

    seal: Seal | None = None


class AuditEntryView(BaseModel):
    """An entry as shown; `number` and `hash` are there once it is sealed, some seconds after it was written."""

    id: str
    at: datetime
    actor_id: str
    actor_role: str
    action: str
    target_id: str
    details: dict[str, str | int | bool | None]
    request_id: str | None
    number: int | None = Field(description="its place in the chain")
    hash: str | None

    @classmethod
    def of(cls, entry: SealedEntry) -> "AuditEntryView":
        number, digest = (entry.seal.number, entry.seal.hash) if entry.seal else (None, None)
        return cls(**entry.model_dump(exclude={"sealed", "seal"}), number=number, hash=digest)


@dataclass(frozen=True)
class Asked:
    """Which entries are wanted; None: any. `since` is included, `until` not."""

    actor_id: str | None = None
    target_id: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class ChainHead:
    """The last link: how many entries are chained, and the hash of the last (empty: there is none)."""

    number: int = 0
    hash: str = ""


@dataclass(frozen=True)
class RawEntry:
    """An entry exactly as it lies in the database, whatever was made of it."""

    id: str
    document: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What a walk along the chain found: so many links hold, then the first fault, if there is one."""

    sealed: int
    hash: str
    unsealed: int
    unsealed_from: str | None
    broken: str | None
