"""Mail by SMTP, through aiosmtplib; a connection a mail, since a school sends few at a time."""

from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from aiosmtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, send

from attendance_backend.ports.mail import Mail, MailNotTakenError

TlsMode = Literal["none", "starttls", "tls"]
SECONDS = 20.0
FOR_GOOD = 500
"""SMTP's replies from here on say that the same again would be refused again (RFC 5321, 4.2.1)."""


@dataclass(frozen=True)
class SmtpServer:
    """A `Mailer`. `tls`: none at all, asked for after connecting (starttls), or from the first byte (tls)."""

    host: str
    port: int
    tls: TlsMode
    sender: str
    username: str | None = None
    password: str | None = None
    ca: Path | None = None
    """Who vouches for the server, in PEM; without it, whom the machine trusts."""

    async def send(self, mail: Mail) -> None:
        try:
            await send(
                self._message(mail),
                hostname=self.host,
                port=self.port,
                use_tls=self.tls == "tls",
                start_tls=self.tls == "starttls",
                username=self.username,
                password=self.password,
                cert_bundle=str(self.ca) if self.ca else None,
                timeout=SECONDS,
            )
        except SMTPRecipientsRefused as error:
            raise MailNotTakenError("refused", for_good=all(_is_final(one) for one in error.recipients)) from error
        except SMTPResponseException as error:
            raise MailNotTakenError(f"answered {error.code}", for_good=_is_final(error)) from error
        except (SMTPException, OSError) as error:
            raise MailNotTakenError(type(error).__name__) from error

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, mail.to, mail.subject
        message["Message-ID"] = f"<{mail.id}@{self.sender.partition('@')[2].rstrip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        if mail.unsubscribe:
            message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(mail.text)
        return message


def _is_final(error: SMTPResponseException) -> bool:
    return error.code >= FOR_GOOD
