"""Users as they are kept and shown, and the caller: who is asking, and what they may touch."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from attendance_backend.documents import Document
from attendance_backend.institution import Place

MIN_PASSWORD, MAX_PASSWORD = 10, 256


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    TEACHER = "teacher"
    STUDENT = "student"
    GUARDIAN = "guardian"
    DEVICE = "device"
    """A kiosk with a key of its own. No user has it."""
    SYSTEM = "system"
    """The program itself: the worker and commands. No user has it."""


class Permission(StrEnum):
    """One permission each route declares. What it reaches is the caller's own: subjects, students, sessions."""

    SEE_SELF = "see self"
    MANAGE_USERS = "manage users"
    MANAGE_SCHOOL = "manage the school"
    """Its settings, terms, holidays and timetable."""
    SEE_SCHOOL = "see the school"
    MANAGE_STUDENTS = "manage students"
    IMPORT_PEOPLE = "import people"
    SEE_STUDENT = "see a student"
    MANAGE_CONSENT = "manage consent"
    GIVE_CONSENT = "give consent"
    """For oneself, or as a guardian."""
    ENROL_FACES = "enrol faces"
    ENROL_OWN_FACE = "enrol own face"
    CREATE_SUBJECTS = "create subjects"
    SEE_SUBJECTS = "see subjects"
    MANAGE_ROSTER = "manage a roster"
    TAKE_ATTENDANCE = "take attendance"
    CORRECT_RECORDS = "correct records"
    CHECK_IN = "check in"
    """By the code that the class shows."""
    SEE_RECORDS = "see a student's records"
    ASK_FOR_CORRECTION = "ask for a correction"
    ASK_FOR_EXCUSE = "ask to be excused"
    """For oneself, or as a guardian."""
    SEE_REPORTS = "see reports"
    MANAGE_NOTICES = "manage notices"
    """The school's rules for them, and the log."""
    SEND_NOTICES = "send notices"
    MANAGE_WEBHOOKS = "manage webhooks"
    EXPORT_PERSON = "export a person's data"
    ERASE_PERSON = "erase a person's face data"
    READ_AUDIT = "read the audit log"
    USE_KIOSK = "use a kiosk"


@dataclass(frozen=True)
class SingleSession:
    """The one session of a subject, day (`YYYY-MM-DD`) and period. `session_id` is None until somebody opens it."""

    subject_id: str
    date: str
    period: int
    session_id: str | None


@dataclass(frozen=True)
class Caller:
    """Who is asking, and what they may touch; None stands for every one.

    `subject_ids` are the subjects they teach, `student_ids` the students they are or have in their care, `singles` the
    sessions that they may take though they touch nothing else of the subject; `room_id` is a device's.
    """

    id: str
    role: Role
    subject_ids: frozenset[str] | None = None
    student_ids: frozenset[str] | None = None
    sign_in_id: str | None = None
    singles: frozenset[SingleSession] = frozenset()
    room_id: str | None = None

    @classmethod
    def without_reach(cls, caller_id: str, role: Role, sign_in_id: str | None = None) -> "Caller":
        """Somebody who may touch nothing yet."""
        return cls(id=caller_id, role=role, subject_ids=frozenset(), student_ids=frozenset(), sign_in_id=sign_in_id)

    def in_room(self, room_id: str) -> "Caller":
        """The caller bound to a room."""
        return replace(self, room_id=room_id)

    @property
    def label(self) -> str:
        """Sent as the comment of each query, so that the database's own log tells who asked."""
        return f"{self.role}:{self.id}"

    def may_touch(self, subject_id: str) -> bool:
        """Whether a subject is theirs."""
        return self.subject_ids is None or subject_id in self.subject_ids

    @property
    def single_ids(self) -> frozenset[str]:
        """The ids of the single sessions that are there by now."""
        return frozenset([one.session_id for one in self.singles if one.session_id])

    def may_take(self, session_id: str, subject_id: str) -> bool:
        """Whether a session of a subject is theirs to take: with its subject, or as a single one."""
        return self.may_touch(subject_id) or session_id in self.single_ids

    def may_open(self, subject_id: str, date: str, period: int) -> bool:
        """As `may_take`, of a session that may not be there yet."""
        key = (subject_id, date, period)
        return self.may_touch(subject_id) or key in {(one.subject_id, one.date, one.period) for one in self.singles}

    def within(self, subject_ids: Iterable[str]) -> "Caller":
        """The caller inside of sessions that are known to be theirs to take: their subjects' names and rosters are too.

        Never hand it to what reaches a whole subject.
        """
        if self.subject_ids is None:
            return self
        return replace(self, subject_ids=self.subject_ids | frozenset(subject_ids))

    def may_see(self, student_id: str) -> bool:
        """Whether a student is they themselves or in their care."""
        return self.student_ids is None or student_id in self.student_ids


SYSTEM = Caller(id="system", role=Role.SYSTEM)


def _plain_email(value: str) -> str:
    local, at, domain = value.strip().partition("@")
    if not (local and at and domain) or any(c.isspace() for c in local + domain) or "@" in domain:
        raise ValueError("is no e-mail address")
    return f"{local}@{domain}".lower()


Email = Annotated[str, Field(max_length=254, examples=["office@school.example"]), AfterValidator(_plain_email)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
GivenId = Annotated[str, Field(min_length=1, max_length=64)]
"""An id that a caller names: ours have 36 characters, and the database refuses what no message of it can hold."""
Password = Annotated[SecretStr, Field(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]


class Received(BaseModel):
    """What a caller sends: an unknown field is an error, and space around text is none of it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


G = TypeVar("G", bound=Received)


def not_null(change: G, *names: str) -> G:
    """A change that takes away none of these.

    Raises:
        ValueError: it would.
    """
    for name in names:
        if name in change.model_fields_set and getattr(change, name) is None:
            raise ValueError(f"{name} can't be null")
    return change


class NewUser(Received):
    email: Email
    name: Name
    role: Literal[Role.ADMINISTRATOR, Role.TEACHER]
    password: Password


class NewAccount(Received):
    """A user to be, whose password is already told apart."""

    email: Email
    name: Name
    role: Role


NO_PASSWORD = ""
"""Kept in place of a hash until somebody chooses a password by a link: no password fits it."""


class User(Document):
    """A user as kept. `external_id` is what another system calls them.

    `email_verified`: that the address is theirs was shown by a mail, by a provider, or the office answers for it.
    """

    email: str
    email_verified: bool = False
    name: str
    role: Role
    password_hash: str
    created_at: datetime
    signed_in_at: datetime | None = None
    deactivated_at: datetime | None = None
    external_id: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether they may sign in."""
        return self.deactivated_at is None

    @property
    def has_password(self) -> bool:
        """Whether they ever chose one; else a provider alone lets them in."""
        return self.password_hash != NO_PASSWORD


class UserView(BaseModel):
    """A user as shown: without anything of the password."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    email: str
    email_verified: bool
    name: str
    role: Role


class InstitutionView(BaseModel):
    """What a client needs to know of the school: `today` is the date in its time zone."""

    time_zone: str
    today: date


class Me(UserView):
    """The caller's own account, and where they are."""

    institution: InstitutionView

    @classmethod
    def of(cls, user: User, place: Place) -> "Me":
        shown = InstitutionView(time_zone=place.time_zone.key, today=place.today)
        return cls(**UserView.model_validate(user).model_dump(), institution=shown)
