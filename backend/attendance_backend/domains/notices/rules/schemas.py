"""Rules as received, kept and shown."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import GivenId, Received
from attendance_backend.domains.notices.schemas import Audience, NoticeKind

RuleKind = Literal[NoticeKind.LOW_ATTENDANCE, NoticeKind.ABSENCE, NoticeKind.UNTAKEN]
NEVER_CHANGED = 0
NoticeText = Annotated[
    str,
    Field(min_length=1, max_length=4_000, examples=["{name}, {date}"], description="plain text with {placeholders}"),
]


class NewRule(Received):
    """A whole rule. What is said of another kind is kept and has no meaning."""

    enabled: bool
    to: Annotated[list[Audience], Field(min_length=1, max_length=4)]
    hour: Annotated[int, Field(ge=0, le=23, description="from this hour on, in the school's time zone")]
    text: NoticeText
    every_days: Annotated[
        int, Field(ge=1, le=365, description="low_attendance: nobody is told again within so many days")
    ] = 14
    over_all: bool = Field(default=False, description="low_attendance: in all subjects together, not in each")
    day_before: bool = Field(default=False, description="untaken: the lessons of the day before, not of the day")


class Rule(Document):
    """A rule as kept; its id is its kind. `version` is `NEVER_CHANGED` until the school decides on it.

    `ran_on` is the day, where the school is, on which it was last carried out whole.
    """

    version: int
    enabled: bool
    to: list[Audience]
    hour: int
    text: str
    every_days: int
    over_all: bool
    day_before: bool
    ran_on: str | None = None

    @property
    def kind(self) -> NoticeKind:
        return NoticeKind(self.id)

    @property
    def days_between(self) -> int:
        """In so many days somebody is told once."""
        return self.every_days if self.kind is NoticeKind.LOW_ATTENDANCE else 1

    def is_due(self, here: dt.datetime) -> bool:
        """Whether it is to be carried out now, by the clock on the school's wall.

        Sessions are closed all day, so absences are looked for again; the others once a day.
        """
        done = self.ran_on == here.date().isoformat() and self.kind is not NoticeKind.ABSENCE
        return self.enabled and here.hour >= self.hour and not done


class RuleView(BaseModel):
    """A rule as shown."""

    model_config = ConfigDict(from_attributes=True)

    kind: NoticeKind
    version: int
    enabled: bool
    to: list[Audience]
    hour: int
    text: str
    every_days: int
    over_all: bool
    day_before: bool


class NewNotice(Received):
    """What is told by hand, to students of one subject."""

    text: NoticeText
    to: Annotated[list[Literal[Audience.STUDENT, Audience.GUARDIANS]], Field(min_length=1, max_length=2)]
    student_ids: Annotated[list[GivenId], Field(min_length=1, max_length=2_000)] | None = Field(
        None, description="null: everybody on the roster today"
    )


class SentByHand(BaseModel):
    """How many mails will be sent, and how many are left out."""

    queued: int
    left_out: int
