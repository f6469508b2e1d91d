"""What was asked, and what was answered first."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from attendance_backend.documents import Document


@dataclass(frozen=True)
class Asked:
    """`id` is a digest of caller, method, path and key; `fingerprint` a keyed digest of the body."""

    id: str
    fingerprint: str


class FirstAnswer(BaseModel):
    """Status, JSON body and headers of an answer; `replayed` when it is given again."""

    model_config = ConfigDict(frozen=True)

    status: int
    body: str | None
    headers: dict[str, str]
    replayed: bool = False


class KeptAnswer(Document):
    """An answer as kept. The database forgets it a day after `at`."""

    fingerprint: str
    answer: FirstAnswer
    at: datetime
