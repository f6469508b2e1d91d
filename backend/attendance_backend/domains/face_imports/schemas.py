"""An import of photos as kept and shown, and what becomes of each photo. The photos themselves lie sealed elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document


class ImportState(StrEnum):
    RECEIVING = "receiving"
    """Its photos are being sealed; one that stays so was broken off, and is cancelled."""
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class PhotoState(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class FaceImport(Document):
    """`due` is when somebody may work on it (again); `lease` tells whose turn it is."""

    dry_run: bool
    state: ImportState
    by: str
    role: str
    created_at: datetime
    due: datetime | None
    lease: str | None = None


class ImportPhoto(Document):
    """One file of the ZIP; while `sealed`, its photo lies in the photo store under the id of this document."""

    import_id: str
    name: str
    student_id: str | None
    roll_number: str | None
    state: PhotoState
    sealed: bool
    faults: int = 0
    error_code: str | None = None
    reasons: list[str] = Field(default_factory=list)


class ImportPhotoView(BaseModel):
    """What became of one file; `reasons` say what to change."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    roll_number: str | None
    state: PhotoState
    error_code: str | None
    reasons: list[str]


class FaceImportView(BaseModel):
    """How far an import is. In a dry run nothing is kept, and `accepted` are those that would be."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    dry_run: bool
    state: ImportState
    photos: int
    waiting: int
    accepted: int
    refused: int
    errors: dict[str, int] = Field(description="how many photos were refused, by error code")
    created_at: datetime

    @property
    def is_over(self) -> bool:
        return self.state in {ImportState.DONE, ImportState.CANCELLED}


@dataclass(frozen=True)
class Entry:
    """One file of a ZIP: its photo, or why it is none."""

    name: str
    photo: bytes
    error_code: str | None = None
