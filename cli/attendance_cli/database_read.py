"""Asks a MongoDB for one document, to see whether it reads. One message of its wire protocol; it knows no other.

The embedded database goes on answering pings with its files in a state of panic, and `up` carries no driver.
"""

import socket
import struct

_OP_MSG = 2013
_HEADER = struct.Struct("<iiii")
"""Length, number of the message, number of the message it answers, kind."""
_OK = b"\x01ok\x00" + struct.pack("<d", 1.0)


def reads(host: str, port: int, seconds: float) -> bool:
    """Whether it says within so many seconds what a collection holds that nobody writes to."""
    try:
        with socket.create_connection((host, port), timeout=seconds) as connection:
            connection.sendall(_message(_document()))
            length = _HEADER.unpack(_received(connection, _HEADER.size))[0]
            return _OK in _received(connection, length - _HEADER.size)
    except OSError:
        return False


def _document() -> bytes:
    """`{find: "nothing", limit: 1, $db: "admin"}` in BSON."""
    elements = _text("find", "nothing") + b"\x10limit\x00" + struct.pack("<i", 1) + _text("$db", "admin") + b"\x00"
    return struct.pack("<i", 4 + len(elements)) + elements


def _text(name: str, value: str) -> bytes:
    encoded = value.encode() + b"\x00"
    return b"\x02" + name.encode() + b"\x00" + struct.pack("<i", len(encoded)) + encoded


def _message(document: bytes) -> bytes:
    body = struct.pack("<iB", 0, 0) + document  # no flags, and one section: the document
    return _HEADER.pack(_HEADER.size + len(body), 1, 0, _OP_MSG) + body


def _received(connection: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        piece = connection.recv(length - len(received))
        if not piece:
            raise ConnectionResetError("the answer broke off")
        received += piece
    return received
