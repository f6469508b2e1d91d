"""Where `up` is to run: the data folder, and what listens where. It starts nothing."""

from dataclasses import dataclass, replace
from pathlib import Path

from attendance_cli.network import LOOPBACK, can_listen, free_port


class PortTakenError(Exception):
    """Someone else listens where a program should."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A port of 0 means any that is free. `lan`: over TLS, with a doorway, for other devices of the network."""

    home: Path
    host: str = LOOPBACK
    port: int = 8000
    ml_port: int = 8001
    lan: bool = False
    door_port: int = 0

    def with_ports(self) -> "Plan":
        """The same plan with real ports. Raises `PortTakenError`."""
        chosen = replace(
            self,
            port=self.port or free_port(),
            ml_port=self.ml_port or free_port(),
            door_port=self.door_port or free_port(),
        )
        taken: set[int] = set()
        for host, port, option in chosen.listeners():
            if port in taken:
                raise PortTakenError(f"Two programs can't both have {port}: choose another with {option}.")
            if not can_listen(host, port):
                raise PortTakenError(f"{host}:{port} is taken or not ours to use: choose another with {option}.")
            taken.add(port)
        return chosen

    def listeners(self) -> list[tuple[str, int, str]]:
        """Host, port and the option that chooses it, for each program that people can move."""
        listeners = [(self.host, self.port, "--port"), (LOOPBACK, self.ml_port, "--ml-port")]
        return [*listeners, (self.host, self.door_port, "--door-port")] if self.lan else listeners
