"""The program's own commands, run in processes of their own: what takes minutes holds nobody up."""

from typing import Protocol


class OwnCommands(Protocol):
    async def run(self, *arguments: str) -> str:
        """What a command prints. Cancelled, it is ended.

        Raises:
            CommandFailedError: it ended with another status than 0.
        """


class CommandFailedError(Exception):
    """The message is what the command said last."""
