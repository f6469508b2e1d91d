"""Access tokens: short-lived, signed, telling who somebody is and nothing else."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Claims:
    """What a valid token says: a user's id and role at the time of signing in."""

    user_id: str
    role: str


class TokenSigner(Protocol):
    lifetime_seconds: int

    def sign(self, claims: Claims) -> str:
        """A token that is valid from now for `lifetime_seconds`."""

    def read(self, token: str) -> Claims | None:
        """The claims of a valid token; None when it is forged, malformed or over."""

    def fingerprint(self, content: bytes) -> str:
        """A keyed digest, for comparing request bodies that may hold a password."""
