"""Mail handed to a real SMTP server."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from backend.tests.conftest import free_port
from backend.tests.smtp import BUSY, SECRET, UNKNOWN, USER, an_smtp_server

from attendance_backend.adapters.mail import SmtpServer
from attendance_backend.lan.certificates import TlsFiles, ensure_certificates
from attendance_backend.ports.mail import Mail, MailNotTakenError

HELLO = Mail(id="0190", to="ann@school.example", subject="Grüße", text="Schönen Tag.\n")


def plain(port: int) -> SmtpServer:
    return SmtpServer("127.0.0.1", port, "none", "office@school.example")


async def test_a_mail_arrives_with_its_sender_its_letters_and_its_id() -> None:
    with an_smtp_server(port=free_port()) as mailbox:
        await plain(mailbox.port).send(HELLO)

    [taken] = mailbox.taken
    assert (taken["From"], taken["To"], taken["Subject"]) == ("office@school.example", HELLO.to, "Grüße")
    assert taken.get_content().splitlines() == ["Schönen Tag."]
    assert taken["Message-ID"] == "<0190@school.example>"


@pytest.mark.parametrize(("address", "for_good"), [(UNKNOWN, True), (BUSY, False)])
async def test_a_refusal_tells_whether_to_try_again(address: str, for_good: bool) -> None:
    with an_smtp_server(port=free_port()) as mailbox, pytest.raises(MailNotTakenError) as raised:
        await plain(mailbox.port).send(Mail(id="1", to=address, subject="Hello", text="Hello\n"))

    assert (raised.value.for_good, mailbox.taken) == (for_good, [])


async def test_a_server_that_is_not_there_or_speaks_no_tls_can_be_tried_again() -> None:
    with pytest.raises(MailNotTakenError) as nowhere:
        await plain(free_port()).send(HELLO)
    with an_smtp_server(port=free_port()) as mailbox, pytest.raises(MailNotTakenError) as untold:
        await SmtpServer("127.0.0.1", mailbox.port, "starttls", "office@school.example").send(HELLO)

    assert (nowhere.value.for_good, untold.value.for_good, mailbox.taken) == (False, False, [])


async def test_over_tls_it_signs_in_to_a_server_that_it_trusts_and_to_no_other(tmp_path: Path) -> None:
    files = TlsFiles.below(tmp_path)
    ensure_certificates(files, ["127.0.0.1"], "mail", datetime.now(UTC))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(files.server)
    with an_smtp_server(tls, free_port()) as mailbox:
        known = SmtpServer("127.0.0.1", mailbox.port, "starttls", "office@school.example", USER, SECRET, files.ca)
        await known.send(HELLO)
        for stranger in (replace(known, ca=None), replace(known, password="wrong")):
            with pytest.raises(MailNotTakenError):
                await stranger.send(HELLO)

    assert len(mailbox.taken) == 1
