"""Counts of the faces on a session's photos, and of what became of what the photos said. Nobody is named in them."""

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.tallies.schemas import Summed


class Judged(BaseModel):
    """What faces were judged by: the network, its calibration, and the distances that were asked of them."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    model: str
    calibration: str
    confident: float
    uncertain: float
    lookalike_margin: float


class FaceCounts(Summed):
    """Faces of photos that were recognised, by what the photos said first, and what staff said of that at closing."""

    photos: int = 0
    faces: int = Field(0, description="named, offered and strangers together")
    named: int = Field(0, description="named without asking")
    named_confirmed: int = Field(0, description="of them, staff said so too")
    named_renamed: int = Field(0, description="of them, staff said somebody else")
    named_set_aside: int = Field(0, description="of them, staff said nobody of this class")
    offered: int = Field(0, description="named with the wish to be confirmed")
    offered_confirmed: int = 0
    offered_renamed: int = 0
    offered_set_aside: int = 0
    strangers: int = Field(0, description="nobody of the class was like enough")
    strangers_named: int = Field(0, description="of them, staff knew somebody of the class")


class Outcomes(Summed):
    """Students who could be recognised, by what the photos alone said of them and what their records say now.

    Of students without an enrolled face, and of sessions without a recognised photo, nothing is counted. `there` is
    present or late. Excused is no word on whether somebody was on a photo.
    """

    named_there: int = 0
    named_absent: int = Field(0, description="a photo named them, staff said that they were not there")
    named_excused: int = 0
    offered_there: int = 0
    offered_absent: int = 0
    offered_excused: int = 0
    unseen_there: int = Field(0, description="no photo showed them, and they were there")
    unseen_absent: int = 0
    unseen_excused: int = 0
    named_corrected: int = Field(0, description="of `named_absent`, those whose record said present until corrected")


NO_FACES, NO_OUTCOME = FaceCounts(), Outcomes()


class Photographed(BaseModel):
    """What a session's photos showed when it was closed. `judged` is None where they were judged in different ways."""

    model_config = ConfigDict(frozen=True)

    judged: Judged | None
    faces: FaceCounts


class FaceTally(Document):
    """What a session's photos came to; its id is the session's. `month` is the date's first seven letters."""

    subject_id: str
    date: str
    month: str
    judged: Judged | None = None
    faces: FaceCounts = NO_FACES
    outcomes: Outcomes = NO_OUTCOME

    @property
    def is_empty(self) -> bool:
        return self.faces == NO_FACES and self.outcomes == NO_OUTCOME
