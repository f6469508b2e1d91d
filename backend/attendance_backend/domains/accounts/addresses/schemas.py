"""Addresses as asked for, set by the office, and confirmed."""

from pydantic import BaseModel, Field, SecretStr

from attendance_backend.domains.accounts.schemas import LinkSecret
from attendance_backend.domains.identity.schemas import MAX_PASSWORD, Email, Received


class WantedAddress(Received):
    """The address that the caller wants to have. Only an account that has no password goes without one."""

    email: Email
    password: SecretStr = Field(default=SecretStr(""), max_length=MAX_PASSWORD)


class NewAddress(Received):
    email: Email


class SetAddress(Received):
    """`verified`: the office answers for it that the address is theirs."""

    email: Email
    verified: bool = False


class GivenLink(Received):
    """`secret` is what stands behind the # of the link."""

    secret: LinkSecret


class ConfirmedAddress(BaseModel):
    """The address by which the account's owner signs in from now on."""

    email: str
