"""Notices as planned, kept and shown, and who does not want them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document


class NoticeKind(StrEnum):
    """What a notice is about. All but the last are sent by rule."""

    LOW_ATTENDANCE = "low_attendance"
    ABSENCE = "absence"
    UNTAKEN = "untaken"
    """Lessons of which no attendance was taken."""
    BY_HAND = "by_hand"


class Audience(StrEnum):
    STUDENT = "student"
    GUARDIANS = "guardians"
    TEACHER = "teacher"
    OFFICE = "office"


class NoticeState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    LEFT_OUT = "left_out"


OPTED_OUT, NO_ADDRESS, CORRECTED, EXPIRED = "opted_out", "no_address", "corrected", "expired"
"""Why a notice was not sent, beside what a mail server said."""


@dataclass(frozen=True)
class Recipient:
    """Somebody a notice goes to.

    They are `person_id`: their user where they have one, else the student or guardian that they are kept as. They were
    perhaps known by `other_id` before, and what they said under either name counts.
    """

    audience: Audience
    person_id: str
    name: str
    address: str | None
    other_id: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.person_id, self.other_id) if self.other_id else (self.person_id,)


@dataclass(frozen=True)
class Occasion:
    """Something to be told: about a student or nobody in particular, with the values of its text's placeholders."""

    kind: NoticeKind
    date: dt.date
    recipients: tuple[Recipient, ...]
    values: Mapping[str, str]
    student_id: str | None = None
    subject_id: str | None = None
    session_ids: tuple[str, ...] = ()
    number: str = ""
    """Of what is told by hand: the same may be told twice a day."""


@dataclass(frozen=True)
class Draft:
    """One mail to be: of an occasion, to one recipient. `turn` is what is told once in so many days."""

    occasion: Occasion
    recipient: Recipient
    turn: str
    subject: str
    text: str
    left_out: str | None = None


class Notice(Document):
    """One notice as kept: that it was sent, never what it said. With its `date`, its `turn` comes once."""

    turn: str
    kind: NoticeKind
    date: str
    audience: Audience
    person_id: str
    other_id: str | None
    address: str | None
    student_id: str | None
    subject_id: str | None
    session_ids: list[str]
    state: NoticeState
    reason: str | None
    at: dt.datetime
    settled_at: dt.datetime | None = None


class NoticeView(BaseModel):
    """A notice as the office sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: NoticeKind
    date: dt.date = Field(description="the day that it is about")
    audience: Audience
    address: str | None
    student_id: str | None
    subject_id: str | None
    state: NoticeState
    reason: str | None = Field(description="why it was left out or failed")
    at: dt.datetime
    settled_at: dt.datetime | None = Field(description="when it was sent, left out or given up")


class OwnNoticeView(BaseModel):
    """A notice as its student's family sees it: without the address, which may be another guardian's."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: NoticeKind
    date: dt.date
    audience: Audience
    subject_id: str | None
    state: NoticeState
    reason: str | None
    at: dt.datetime
    settled_at: dt.datetime | None


class PreviewLine(BaseModel):
    """One mail that would be sent now, or why it would not."""

    audience: Audience
    name: str
    address: str | None
    student_id: str | None
    subject_id: str | None
    subject: str = Field(description="the mail's subject line: names and numbers, no words of any language")
    text: str
    left_out: str | None = Field(description="`opted_out` or `no_address`; null: it would be sent")

    @classmethod
    def of(cls, draft: Draft) -> "PreviewLine":
        about, to = draft.occasion, draft.recipient
        return cls(
            audience=to.audience,
            name=to.name,
            address=to.address,
            student_id=about.student_id,
            subject_id=about.subject_id,
            subject=draft.subject,
            text=draft.text,
            left_out=draft.left_out,
        )


class OptOut(Document):
    """That a person wants no notices of a kind. Its id is made of the two, so there is one."""

    person_id: str
    kind: NoticeKind
    at: dt.datetime


class OptOutView(BaseModel):
    """A kind of which somebody wants no notices."""

    model_config = ConfigDict(from_attributes=True)

    kind: NoticeKind
    at: dt.datetime


def opt_out_id(person_id: str, kind: NoticeKind) -> str:
    return f"{person_id}:{kind}"
