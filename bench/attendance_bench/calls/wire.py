"""Stands between a backend and its database, passes every byte on and keeps what was asked. It changes nothing."""

import contextlib
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any

from bson import decode

LOOPBACK = "127.0.0.1"
HEADER = struct.Struct("<iiii")
MESSAGE = 2013
"""The operation code of OP_MSG, in which every command of today's drivers is sent, uncompressed unless asked for."""
AT_ONCE = 1 << 16


@dataclass(frozen=True)
class Command:
    """What was asked of which collection. `statements` are those of an update or a delete."""

    name: str
    collection: str
    body: Mapping[str, Any]
    statements: tuple[Mapping[str, Any], ...] = ()


def commands_in(received: bytearray) -> Iterator[Command]:
    """The commands of all whole messages, which are taken off what was received."""
    while len(received) >= HEADER.size:
        length, _, _, operation = HEADER.unpack_from(received)
        if len(received) < length:
            return
        message = bytes(received[HEADER.size : length])
        del received[:length]
        if operation == MESSAGE:
            yield _command(message)


def _command(message: bytes) -> Command:
    """A message without its header: flags, then sections, each the command itself or a list that belongs to it."""
    (flags,) = struct.unpack_from("<I", message)
    at, end = 4, len(message) - (4 if flags & 1 else 0)
    body: Mapping[str, Any] = {}
    listed: list[Mapping[str, Any]] = []
    while at < end:
        (size,) = struct.unpack_from("<i", message, at + 1)
        section = message[at + 1 : at + 1 + size]
        if message[at] == 0:
            body = decode(section)
        else:
            listed += _documents(section[section.index(b"\0", 4) + 1 :])
        at += 1 + size
    name = next(iter(body))
    statements = listed or body.get(f"{name}s", ())
    return Command(name, str(body[name]), body, tuple(statements) if name in {"update", "delete"} else ())


def _documents(raw: bytes) -> Iterator[Mapping[str, Any]]:
    while raw:
        (size,) = struct.unpack_from("<i", raw)
        yield decode(raw[:size])
        raw = raw[size:]


class Listener:
    """What a backend asks its database, as it goes over the wire."""

    def __init__(self) -> None:
        self._asked: list[Command] = []
        self._lock = Lock()

    def taken(self) -> list[Command]:
        """What was asked since this was called last."""
        with self._lock:
            asked, self._asked = self._asked, []
        return asked

    @contextlib.contextmanager
    def before(self, port: int) -> Iterator[int]:
        """Another port behind which that of the database lies."""
        with socket.create_server((LOOPBACK, 0)) as door:
            Thread(target=self._let_in, args=(door, port), daemon=True).start()
            yield door.getsockname()[1]
            # A thread that waits for a connection is woken by this, and by closing alone it is not.
            door.shutdown(socket.SHUT_RDWR)

    def _let_in(self, door: socket.socket, port: int) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = door.accept()
                server = socket.create_connection((LOOPBACK, port))
                for one in (client, server):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                Thread(target=self._pass_on, args=(client, server, bytearray()), daemon=True).start()
                Thread(target=self._pass_on, args=(server, client, None), daemon=True).start()

    def _pass_on(self, here: socket.socket, there: socket.socket, asked: bytearray | None) -> None:
        """Everything from here to there; what the client asks is read, once it is on its way."""
        with contextlib.suppress(OSError), here, there:
            while part := here.recv(AT_ONCE):
                there.sendall(part)
                if asked is not None:
                    asked += part
                    self._keep(list(commands_in(asked)))

    def _keep(self, commands: list[Command]) -> None:
        with self._lock:
            self._asked += commands
