"""`smart-attendance up --lan`: the app over TLS for who trusts its authority, a doorway for who does not yet."""

import json
import os
import signal
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from cli.tests.toys import wait_for

from attendance_cli.accounts import demo_accounts
from attendance_cli.testing import StartedUp, run_command, start_up, survivors

LAN = ("--lan", "--host", "127.0.0.1", "--door-port", "0")
PROGRAMS = {"database", "ml", "backend", "doorway", "watchdog"}


@dataclass
class Site:
    """A running `up --lan`; `phone` trusts its authority and nobody else, `stranger` trusts nobody."""

    up: StartedUp
    phone: httpx2.Client
    stranger: httpx2.Client

    @property
    def address(self) -> str:
        return self.up.record.address

    @property
    def door(self) -> str:
        """The doorway's address, as the banner says it."""
        return next(word for word in self.up.said().split() if word.startswith("http://127.0.0.1:"))

    @property
    def ca(self) -> Path:
        return Path(self.up.record.ca or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("lan")
    up = start_up(folder / "home", folder / "log", *LAN)
    trusting = ssl.create_default_context(cafile=up.record.ca)
    nobody = ssl.create_default_context(cadata=None)
    with httpx2.Client(verify=trusting, timeout=60) as phone, httpx2.Client(verify=nobody, timeout=60) as stranger:
        yield Site(up, phone, stranger)
    up.end(signal.SIGTERM)


def test_who_trusts_the_authority_reaches_the_app_and_who_does_not_is_warned(site: Site) -> None:
    ready = site.phone.get(f"{site.address}/health/ready")

    assert site.address.startswith("https://127.0.0.1:")
    assert ready.json()["status"] == "ok"
    with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        site.stranger.get(f"{site.address}/health/ready")


def test_plain_http_gets_nothing_from_the_port_of_the_app(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(site.address).port)) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            answer = connection.makefile("rb").read()
        except ConnectionResetError:
            answer = b""

    assert b"HTTP/" not in answer


def test_the_doorway_hands_out_the_authority_whose_fingerprint_is_printed(site: Site) -> None:
    handed_out = httpx2.get(f"{site.door}/smart-attendance-ca.crt", timeout=60).content
    page = httpx2.get(f"{site.door}/", timeout=60).text

    fingerprint = sha256(handed_out).digest().hex(":").upper()
    printed = site.up.said().replace(" ", ":")
    assert handed_out == ssl.PEM_cert_to_DER_cert(site.ca.read_text())
    assert fingerprint in printed
    assert fingerprint[:23] in page
    assert f'href="{site.address}/"' in page


def test_the_doorway_sends_everything_else_to_the_app(site: Site) -> None:
    sent = httpx2.get(f"{site.door}/today?day=1", headers={"Host": "evil.example"}, timeout=60)

    assert sent.status_code == 307
    assert sent.headers["location"] == f"{site.address}/today?day=1"


def test_the_cookie_of_a_session_is_given_over_tls_only(site: Site) -> None:
    account = demo_accounts(site.up.home).administrator
    wanted = {"email": account.email, "password": account.password}
    inside = site.phone.post(f"{site.address}/api/v1/auth/browser", json=wanted, headers={"Origin": site.address})
    outside = httpx2.post(f"{site.door}/api/v1/auth/browser", json=wanted, timeout=60)

    assert "; secure" in inside.headers["set-cookie"].lower()
    assert inside.headers["set-cookie"].startswith("__Host-")
    assert (outside.status_code, "set-cookie" in outside.headers) == (405, False)


def test_the_demo_finds_the_site_and_trusts_it(site: Site) -> None:
    done = run_command("demo", "--json", "--data", site.up.home)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["differences"] == []


def test_a_second_start_keeps_the_authority_and_stopping_leaves_nothing(start, home) -> None:
    first = start(*LAN)
    assert set(first.programs) == PROGRAMS
    made = {path.name: path.read_bytes() for path in (home / "tls").iterdir()}
    assert first.end(signal.SIGINT) == 0
    assert survivors(first.programs.values()) == set()

    second = start(*LAN)
    assert {path.name: path.read_bytes() for path in (home / "tls").iterdir()} == made
    administrator = demo_accounts(home).administrator
    assert second.api().sign_in(administrator.email, administrator.password).get("/me")["role"] == "administrator"


def test_doorway_and_backend_are_back_where_the_phones_know_them_after_they_died(start) -> None:
    up = start(*LAN)
    for victim in ("doorway", "backend"):
        os.kill(up.programs[victim], signal.SIGKILL)
    wait_for(lambda: {"doorway is ready again", "backend is ready again"} <= set(up.said().splitlines()))
    again = up.programs_now()
    administrator = demo_accounts(up.home).administrator
    me = up.api().sign_in(administrator.email, administrator.password).get("/me")
    assert me["role"] == "administrator"
    assert up.end(signal.SIGTERM) == 0
    assert survivors([*up.programs.values(), *again.values()]) == set()


def test_killed_itself_it_leaves_no_doorway_behind(start) -> None:
    up = start(*LAN)
    up.end(signal.SIGKILL)
    assert survivors(up.programs.values()) == set()
