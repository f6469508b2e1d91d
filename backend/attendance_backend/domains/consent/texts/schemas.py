"""A text as received, kept and shown."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import Received

MAX_TEXT = 50_000
Version = Annotated[str, Field(min_length=1, max_length=100, examples=["2026-1"])]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$", examples=["en"], description="as BCP 47 has it")]


class NewConsentText(Received):
    version: Version
    language: Language
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class ConsentText(Document):
    """A text as kept. It is never changed: what has to be said otherwise is another version."""

    version: str
    language: str
    text: str
    published_at: datetime
    published_by: str


class ConsentTextView(BaseModel):
    """A text as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    version: str
    language: str
    text: str
    published_at: datetime
