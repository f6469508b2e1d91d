"""Posting to an address that the school named."""

from collections.abc import Mapping
from typing import Protocol


class WebhookClient(Protocol):
    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status that the receiver answers with; nothing else of its answer is read, no redirect is followed.

        Raises:
            NotDeliveredError: there was no answer, or the address may not be called.
        """


class NotDeliveredError(Exception):
    """Nobody answered; the reason is one word."""
