"""Providers of OpenID Connect: where a browser is sent to show who somebody is, and what the provider says of them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RoundTrip:
    """What ties the provider's answer to the browser that was sent there; each is a secret of 43 characters."""

    state: str
    nonce: str
    verifier: str
    """Of RFC 7636: without it, a code that somebody caught on its way is worth nothing."""


@dataclass(frozen=True)
class Told:
    """Whom a provider knows. `verified_email` is None where it does not say that the address is theirs."""

    issuer: str
    subject: str
    verified_email: str | None


class OpenIdProvider(Protocol):
    @property
    def id(self) -> str:
        """What it is called in addresses."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def issuer(self) -> str:
        """Who it is, in its own tokens."""

    async def address(self, trip: RoundTrip) -> str:
        """Where to send the browser.

        Raises:
            ProviderUnreachableError, ProviderAnswerError
        """

    async def told(self, code: str, trip: RoundTrip) -> Told:
        """Who came back with this code, checked.

        Raises:
            ProviderUnreachableError, ProviderAnswerError
        """


class ProviderUnreachableError(Exception):
    """The provider did not answer, or answered that it can't just now."""


class ProviderAnswerError(Exception):
    """The provider's answer can't be trusted, or it did not take the code. The message names what is wrong."""
