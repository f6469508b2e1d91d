"""Requests for a correction as received, kept and shown; and how anything asked for is answered."""

import datetime as dt
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import Caller, GivenId, Received
from attendance_backend.domains.records.schemas import Attendance, Reason


class RequestState(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class NewCorrectionRequest(Received):
    record_id: GivenId
    status: Attendance = Field(description="what the student says it should be")
    reason: Reason


class Grant(Received):
    answer: Reason | None = None


class RefusalGiven(Received):
    answer: Reason


class Answerable(Document):
    """Something asked for, and what came of it."""

    reason: str
    state: RequestState
    asked_by: str
    asked_at: dt.datetime
    answer: str | None = None
    answered_by: str | None = None
    answered_at: dt.datetime | None = None

    def told(self, caller: Caller, state: RequestState, answer: str | None, now: dt.datetime) -> dict[str, object]:
        """The fields that change when it is answered."""
        return {"state": state, "answer": answer, "answered_by": caller.id, "answered_at": now}


class CorrectionRequest(Answerable):
    """A student's wish to have a record corrected; a record has one open one at most."""

    record_id: str
    session_id: str
    subject_id: str
    student_id: str
    date: str
    before: Attendance
    status: Attendance


class CorrectionRequestView(BaseModel):
    """A request as shown to its student and to those who answer it; `before` is what the record said then."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    record_id: str
    session_id: str
    subject_id: str
    student_id: str
    date: str
    before: Attendance
    status: Attendance
    reason: str
    state: RequestState
    asked_by: str
    asked_at: dt.datetime
    answer: str | None
    answered_by: str | None
    answered_at: dt.datetime | None
