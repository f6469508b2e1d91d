"""Access tokens: short-lived, signed, telling who somebody is and nothing else; and secrets that are derived."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Claims:
    """What a valid token says: a user, and which of their sign-ins it belongs to."""

    user_id: str
    sign_in_id: str


class TokenSigner(Protocol):
    lifetime_seconds: int

    def sign(self, claims: Claims) -> str:
        """A token that is valid from now for `lifetime_seconds`."""

    def read(self, token: str) -> Claims | None:
        """The claims of a valid token; None when it is forged, malformed or over."""

    def fingerprint(self, content: bytes) -> str:
        """A keyed digest, for comparing request bodies that may hold a password."""

    def derive(self, purpose: str, of: str) -> str:
        """A secret that only this installation can make of `of`, another one for each purpose; safe in an address."""
