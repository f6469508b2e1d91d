"""Sign-ins as asked for, kept and shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import MAX_PASSWORD, Password, Received, Role

MAX_DEVICE = 200
"""Characters kept of what a device calls itself."""


class SignInKind(StrEnum):
    BROWSER = "browser"
    PROGRAM = "program"


@dataclass(frozen=True)
class AskedFrom:
    """Where a request comes from: what the device calls itself, its address, and the secret it is known by."""

    device: str
    address: str
    known_by: str | None = None


class SignIn(Received):
    email: str = Field(max_length=254, examples=["office@school.example"])
    password: SecretStr = Field(max_length=MAX_PASSWORD)


class NewPassword(Received):
    """Two different passwords in one request, so that whoever finds an unlocked screen can't take the account over."""

    old_password: SecretStr = Field(max_length=MAX_PASSWORD)
    password: Password


class GivenRefreshToken(Received):
    refresh_token: Annotated[SecretStr, Field(max_length=2000)]


class Tokens(BaseModel):
    """What a program holds: the access token goes with each request, the refresh token brings the next two, once."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # the name of the scheme
    expires_in: int = Field(description="seconds that the access token is good for")
    refresh_token: str
    refresh_expires_in: int = Field(description="seconds until a password is needed again")


class Turn(BaseModel):
    """The refresh token that is good now, by its digest; since when; and who may ask for it once more."""

    model_config = ConfigDict(frozen=True)

    digest: str
    at: datetime
    retry_digest: str | None = None
    """Of the Idempotency-Key with which the turn before was used up."""


class KeptSignIn(Document):
    """One browser or program in which a user is signed in.

    `token_digest` is the SHA-256 of a browser's cookie, or of the part that all refresh tokens of a program's sign-in
    share. `role` follows the user's, so that one look tells who is asking.
    """

    user_id: str
    role: Role
    kind: SignInKind
    device: str
    token_digest: str
    turn: Turn | None
    created_at: datetime
    expires_at: datetime


class SignInView(BaseModel):
    """One of the caller's sign-ins as shown: `device` is what it calls itself, `used_at` when its token last turned."""

    id: str
    kind: SignInKind
    device: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    is_current: bool

    @classmethod
    def of(cls, kept: KeptSignIn, current: str | None) -> "SignInView":
        """`current` is the id of the sign-in that asks."""
        used_at = kept.turn.at if kept.turn else kept.created_at
        return cls(**kept.model_dump(exclude={"user_id"}), used_at=used_at, is_current=kept.id == current)
