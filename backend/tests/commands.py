"""Counts what a test's own process asks of the database, by the names of the commands."""

from collections import Counter

from pymongo import monitoring

from attendance_backend.adapters.heartbeat import COLLECTION as PROCESSES


class Commands(monitoring.CommandListener):
    """Every command but those by which the driver looks whether the server lives, and processes whether others do."""

    def __init__(self) -> None:
        self.by_name = Counter[str]()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        asks = event.command_name == "ping" or event.command.get(event.command_name) == PROCESSES
        self.by_name[event.command_name] += not asks

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Counted when it started."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Counted when it started."""

    @property
    def count(self) -> int:
        return self.by_name.total()


def counted() -> Commands:
    """The commands of every client that is made from now on."""
    commands = Commands()
    monitoring.register(commands)
    return commands
