"""An erasure as kept and shown. The collection is the ledger that is replayed after a restore."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document


class Ground(StrEnum):
    """Why face data is erased."""

    ASKED = "asked"
    WITHDRAWN = "withdrawn"


class ErasureState(StrEnum):
    PENDING = "pending"
    """Begun or not: whatever ended it, it goes on."""
    SWEPT = "swept"
    """All is erased; it is looked once more, for what was on its way while that was done."""
    DONE = "done"


class Erasure(Document):
    """One student's erasure. Of what was there before `until` nothing of their face is left once it is done."""

    student_id: str
    ground: Ground
    asked_by: str
    asked_at: datetime
    state: ErasureState
    due: datetime | None
    until: datetime | None = None
    swept_at: datetime | None = None
    done_at: datetime | None = None
    templates: int = 0
    photos: int = 0
    records: int = 0
    galleries: int = 0


class ErasureView(BaseModel):
    """An erasure as shown; what was erased is counted, over all of its sweeps."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    student_id: str
    ground: Ground
    asked_at: datetime
    state: ErasureState
    swept_at: datetime | None = Field(description="when everything was erased for the first time")
    done_at: datetime | None = Field(description="when nothing could be on its way any more")
    templates: int
    photos: int = Field(description="class photos on which the student was")
    records: int = Field(description="records from which the evidence was taken")
    galleries: int
