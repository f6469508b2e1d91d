"""A real SMTP server on this machine, which keeps what it takes."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, SECRET = "school", "the server's own secret"
UNKNOWN = "nobody@school.example"
BUSY = "busy@school.example"


@dataclass
class Mailbox:
    """What an SMTP server took. It refuses one address for good and another for now."""

    taken: list[EmailMessage] = field(default_factory=list)
    port: int = 0

    async def newest(self, to: str) -> EmailMessage:
        """The newest mail to somebody, once it has come."""
        while not (found := [mail for mail in self.taken if mail["To"] == to]):  # noqa: ASYNC110  # its thread has another loop
            await asyncio.sleep(0.05)
        return found[-1]

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802  # the library's name
        if address == UNKNOWN:
            return "550 No such user"
        if address == BUSY:
            return "451 Come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # the library's name
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, told: LoginPassword) -> AuthResult:
    return AuthResult(success=(told.login, told.password) == (USER.encode(), SECRET.encode()))


@contextlib.contextmanager
def an_smtp_server(tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Mailbox]:
    """A server on a free port. With `tls` it wants STARTTLS and a password first."""
    mailbox = Mailbox()
    secured: dict[str, Any] = {
        "tls_context": tls,
        "require_starttls": True,
        "authenticator": _authenticate,
        "auth_required": True,
    }
    controller = Controller(mailbox, "127.0.0.1", port, **(secured if tls else {}))
    controller.start()
    mailbox.port = port
    try:
        yield mailbox
    finally:
        controller.stop()
