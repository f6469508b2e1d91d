"""Invitations and other links to an account, as asked for, kept and shown; and users as administrators see them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import Email, GivenId, Name, Password, Received, Role, UserView

LinkSecret = Annotated[SecretStr, Field(max_length=100)]
StaffRole = Literal[Role.ADMINISTRATOR, Role.TEACHER]
InvitedRole = Literal[Role.ADMINISTRATOR, Role.TEACHER, Role.STUDENT, Role.GUARDIAN]


class LinkPurpose(StrEnum):
    INVITATION = "invitation"
    PASSWORD_RESET = "password reset"  # noqa: S105  # the name of a purpose
    ADDRESS = "e-mail address"


@dataclass(frozen=True)
class Word:
    """What a mail without a link says."""

    subject: str
    text: str


class InvitationState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    EXPIRED = "expired"


class NewInvitation(Received):
    """Whom to invite. A student's account belongs to the student of this id, a guardian's to their care of them."""

    email: Email
    role: InvitedRole
    student_id: GivenId | None = None

    @model_validator(mode="after")
    def _with_their_student(self) -> Self:
        if (self.role in {Role.STUDENT, Role.GUARDIAN}) is not (self.student_id is not None):
            raise ValueError("student_id goes with the roles student and guardian, and with no other")
        return self


class Acceptance(Received):
    """What somebody adds who was invited; `secret` is what stands behind the # of the link."""

    secret: LinkSecret
    name: Name
    password: Password


class AskedReset(Received):
    email: Annotated[str, Field(max_length=254)]


class ResetPassword(Received):
    """`secret` is what stands behind the # of the link."""

    secret: LinkSecret
    password: Password


class NewRole(Received):
    role: StaffRole


class AccountLink(Document):
    """A link that can be used once, by the digest of its secret. `user_id` is whose password or address it sets.

    `mailed` tells that it went to `email` and to nobody else; `basis` what the account must not have changed since.
    """

    purpose: LinkPurpose
    digest: str
    email: str
    role: Role | None = None
    student_id: str | None = None
    user_id: str | None = None
    mailed: bool = False
    basis: str | None = None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class LinkView(BaseModel):
    """A link to be handed over by the administrator; None where it was sent by mail. It is told this once."""

    id: str
    link: str | None
    expires_at: datetime


class InvitationView(BaseModel):
    """An invitation as shown. `link` is told once, to whoever makes it, and only where no mail is sent."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    email: str
    role: Role
    student_id: str | None
    state: InvitationState
    created_at: datetime
    expires_at: datetime
    link: str | None = None

    @classmethod
    def of(cls, kept: AccountLink, now: datetime) -> "InvitationView":
        over = InvitationState.EXPIRED if kept.expires_at <= now else InvitationState.PENDING
        state = InvitationState.ACCEPTED if kept.used_at else over
        return cls(**kept.model_dump(exclude={"purpose", "digest", "user_id", "used_at"}), state=state)


class AccountView(UserView):
    """A user as administrators see them."""

    is_active: bool
    created_at: datetime
    signed_in_at: datetime | None
