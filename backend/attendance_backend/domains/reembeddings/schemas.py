"""A change of models as kept and shown: how far it is, what the comparison says, and which students it concerns."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import Received
from attendance_contract.models import ModelId


class RunState(StrEnum):
    RUNNING = "running"
    CANCELLED = "cancelled"
    READY = "ready"
    SWITCHED = "switched"
    DISCARDING = "discarding"
    OVER = "over"
    FAILED = "failed"


class Phase(StrEnum):
    """What is being done while it runs."""

    PREPARING = "preparing"
    EMBEDDING = "embedding"
    COMPARING = "comparing"
    EXAMINING = "examining"


class Kind(StrEnum):
    """Why a student is told of."""

    PHOTOGRAPH_AGAIN = "photograph_again"
    FEWER_PHOTOS = "fewer_photos"
    HARDER = "harder"
    EASIER = "easier"
    ALIKE = "alike"


class Farthest(BaseModel):
    """The distance of that photo of a student which is least like their others, and how it would be judged.

    `judged` is 0 for confident, 1 for uncertain, 2 for not recognised.
    """

    model_config = ConfigDict(frozen=True)

    distance: float
    judged: int


class Measured(BaseModel):
    """What one model makes of the school's own photos. Distances are calibrated: one means the same for every model."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    students: int = Field(0, description="with two photos or more: each photo was compared with the student's others")
    sum_of_distances: float = 0.0
    worst_distance: float = 0.0
    uncertain: int = Field(0, description="students of whom a photo is not confidently recognised by the others")
    missed: int = Field(0, description="students of whom a photo is not recognised at all by the others")
    pairs: int = Field(0, description="comparisons of different students")
    below_confident: int = Field(0, description="of them taken confidently for one person")
    below_uncertain: int = 0
    lookalikes: int = Field(0, description="pairs of students who can't be told apart; they are not in the counts")

    def with_student(self, farthest: Farthest) -> Self:
        return self.model_copy(
            update={
                "students": self.students + 1,
                "sum_of_distances": self.sum_of_distances + farthest.distance,
                "worst_distance": max(self.worst_distance, farthest.distance),
                "uncertain": self.uncertain + (farthest.judged > 0),
                "missed": self.missed + (farthest.judged > 1),
            }
        )


class Reembedding(Document):
    """`due` is when somebody may work on it (again); `lease` tells whose turn it is; `after` is the student reached.

    `open`: there is at most one at a time.
    """

    to_model: str
    by: str
    created_at: datetime
    due: datetime | None
    open: bool = True
    from_model: str | None = None
    state: RunState = RunState.RUNNING
    phase: Phase = Phase.PREPARING
    lease: str | None = None
    after: str = ""
    tries: int = 0
    error_code: str | None = None
    students: int = 0
    done: int = 0
    missing: int = 0
    fewer: int = 0
    before: Measured = Measured()
    now: Measured = Measured()
    harder: int = 0
    easier: int = 0
    alike: int = 0
    switched_at: datetime | None = None


class Concerned(Document):
    """A student of whom the change has something to say; of each kind once."""

    run_id: str
    student_id: str
    kind: Kind
    reasons: list[str] = Field(default_factory=list)
    before: float | None = None
    now: float | None = None


class NewReembedding(Received):
    model: ModelId


class Switch(Received):
    """`leave_out`: so many students may have no vectors of the new model and be recognised by it no more."""

    leave_out: int = Field(0, ge=0)


class ReembeddingView(BaseModel):
    """How far a change is. `before` and `now` compare the models once it is ready."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    from_model: str | None
    to_model: str
    state: RunState
    phase: Phase
    created_at: datetime
    switched_at: datetime | None
    error_code: str | None = Field(description="why it failed, or waits to be tried again")
    students: int = Field(description="with vectors of the model before, when it began")
    done: int = Field(description="of them looked at")
    missing: int = Field(description="of them without vectors of the new model: to be photographed again")
    fewer: int = Field(description="of them with vectors of some photos only")
    before: Measured
    now: Measured
    harder: int = Field(description="students recognised less surely by the new model")
    easier: int
    alike: int = Field(description="students whom only the new model can't tell from another")


class ConcernedView(BaseModel):
    """A student of whom the change has something to say; `before` and `now` are distances."""

    model_config = ConfigDict(from_attributes=True)

    student_id: str
    kind: Kind
    reasons: list[str]
    before: float | None
    now: float | None
    has_vectors: bool = Field(description="whether the new model recognises the student by now")
