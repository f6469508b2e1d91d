"""How often something may happen, counted for a while and then forgotten."""

from typing import Protocol


class FailureLimit(Protocol):
    async def wait(self, key: str) -> float:
        """Seconds until there is room for another failure under this key; 0 when there is now."""

    async def count(self, key: str) -> bool:
        """Count a failure under this key; True for the one that takes the last room."""
