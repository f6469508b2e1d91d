"""With a mail server, links go to the people themselves and to nobody else."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
from backend.tests.conftest import (
    EMAIL,
    PASSWORD,
    Backend,
    first_administrator,
    free_port,
    inside,
    sign_in,
)
from backend.tests.smtp import Mailbox, an_smtp_server

CHOSEN = "a secret of my own"
INVITED = "invited@school.example"


async def secret_sent(mailbox: Mailbox, to: str) -> str:
    """The secret in the newest mail to somebody, once it has come."""
    async with asyncio.timeout(60):
        text = (await mailbox.newest(to)).get_content()
    return str(text).partition("#")[2].split()[0]


async def story(backend: Backend, mailbox: Mailbox) -> dict[str, Any]:
    """An invitation accepted and a password forgotten, with what the office was told of it."""
    office = await sign_in(backend.http, EMAIL, PASSWORD)
    invitation = await office.done("POST", "/invitations", json={"email": INVITED, "role": "teacher"})
    given = {"secret": await secret_sent(mailbox, INVITED), "name": "Some One", "password": CHOSEN}
    accepted = await backend.http.post("/api/v1/invitations/accept", json=given)
    mailbox.taken.clear()
    for email in (INVITED, INVITED, "nobody@school.example"):
        await backend.http.post("/api/v1/auth/password-reset", json={"email": email})
    reset = {"secret": await secret_sent(mailbox, INVITED), "password": f"{CHOSEN} again"}
    done = await backend.http.post("/api/v1/auth/password-reset/complete", json=reset)
    person = await sign_in(backend.http, INVITED, f"{CHOSEN} again")
    return {"invitation": invitation, "statuses": (accepted.status_code, done.status_code), "person": person}


async def test_a_link_comes_by_mail_and_a_password_that_was_forgotten_is_chosen_anew(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with an_smtp_server(port=free_port()) as mailbox:
        environment |= {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mailbox.port),
            "SMTP_TLS": "none",
            "MAIL_FROM": "office@school.example",
            "PUBLIC_URL": "https://school.example",
        }
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{environment['PORT']}", timeout=20) as http:
            backend = Backend(environment, tmp_path, http)
            await backend.start()
            async with inside(environment) as services:
                await first_administrator(services)
            told = await story(backend, mailbox)
            backend.stop()

    assert told["invitation"]["link"] is None
    assert told["statuses"] == (201, 204)
    assert [mail["To"] for mail in mailbox.taken] == [INVITED], "one for two requests, and none for nobody"
    assert "https://school.example/password-reset#" in mailbox.taken[0].get_content()
