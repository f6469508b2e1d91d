"""The institution's settings as received, kept and shown."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import Name, Received
from attendance_backend.institution import TimeZone

ONLY = "institution"
"""The id of the one document there is."""
NEVER_CHANGED = 0
LateAfterMinutes = Annotated[int, Field(ge=0, le=240, description="from the start of a session on, present is late")]
AtRiskPercent = Annotated[int, Field(ge=0, le=100, description="who attends less than this is at risk")]
ClassPhotoDays = Annotated[int, Field(ge=1, le=3650, description="class photos are destroyed after so many days")]
RecordYears = Annotated[int, Field(ge=1, le=100)]
CodeSeconds = Annotated[int, Field(ge=5, le=120, description="how long the code that a class shows is good")]
MessageDays = Annotated[
    int, Field(ge=1, le=3650, description="the log of notices and the deliveries of webhooks are kept so many days")
]
USUAL_MESSAGE_DAYS = 180
ReviewHours = Annotated[int, Field(ge=1, le=8760, description="how long a teacher may reopen a closed session")]


class NewInstitutionSettings(Received):
    """All of them at once."""

    name: Name
    time_zone: TimeZone
    late_after_minutes: LateAfterMinutes
    at_risk_percent: AtRiskPercent
    class_photo_days: ClassPhotoDays
    record_years: RecordYears | None = Field(description="records are destroyed after so many years; null: never")
    self_enrolment: bool = Field(False, description="whether students may enrol their own face")
    keep_enrolment_photos: bool = Field(
        False,
        description=(
            "whether the photos that faces are enrolled from are kept, sealed, so that another model's vectors can be "
            "made of them; turned off, those that are there are destroyed"
        ),
    )
    code_seconds: CodeSeconds
    review_hours: ReviewHours
    message_days: MessageDays = USUAL_MESSAGE_DAYS


class InstitutionSettings(Document):
    """The settings as kept. `version` is `NEVER_CHANGED` as long as they are those of a new installation."""

    version: int
    name: str
    time_zone: str
    late_after_minutes: int
    at_risk_percent: int
    class_photo_days: int
    record_years: int | None
    self_enrolment: bool = False
    keep_enrolment_photos: bool = False
    code_seconds: int
    review_hours: int
    message_days: int = USUAL_MESSAGE_DAYS

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @classmethod
    def of_a_new_installation(cls, time_zone: str) -> "InstitutionSettings":
        return cls(
            id=ONLY,
            version=NEVER_CHANGED,
            name="School",
            time_zone=time_zone,
            late_after_minutes=10,
            at_risk_percent=75,
            class_photo_days=30,
            record_years=None,
            self_enrolment=False,
            code_seconds=15,
            review_hours=24,
        )


class InstitutionSettingsView(BaseModel):
    """The settings as shown."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    name: str
    time_zone: str
    late_after_minutes: int
    at_risk_percent: int
    class_photo_days: int
    record_years: int | None
    self_enrolment: bool
    keep_enrolment_photos: bool
    code_seconds: int
    review_hours: int
    message_days: int
