"""The doorway: what a phone sees before it trusts anybody, and everything that it must not do over plain HTTP."""

import base64
import re
import socket
import ssl
from hashlib import sha256

import pytest

from attendance_backend.lan.doorway import device

from .conftest import APP, Doorway

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def test_the_page_names_the_certificate_its_fingerprint_and_the_way_to_the_app(doorway: Doorway) -> None:
    answer = doorway.http.get("/")

    der = ssl.PEM_cert_to_DER_cert(doorway.files.ca.read_text())
    shown = re.sub(r"[^0-9A-F]", "", "".join(re.findall(r"<span>([0-9A-F:]+)</span>", answer.text)))
    assert answer.status_code == 200
    assert shown == sha256(der).hexdigest().upper()
    assert "<b>Smart Attendance on lab-pc, 20" in answer.text
    assert f'href="{APP}/"' in answer.text
    assert 'href="/smart-attendance-ca.crt"' in answer.text


def test_the_page_needs_nobody_else_and_runs_nothing(doorway: Doorway) -> None:
    answer = doorway.http.get("/")

    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    style = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digests = [base64.b64encode(sha256(text.encode()).digest()).decode() for text in style]
    assert policy["default-src"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert [f"'sha256-{digest}'" for digest in digests] == [policy["style-src"]]
    assert set(re.findall(r"https?://[^/\"<]+", answer.text)) == {APP}
    assert not re.search(r"<script|<form|<img|\son\w+=|\sstyle=", answer.text)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("browser", "steps"), [(IPHONE, "iPhone and iPad"), (ANDROID, "Android"), (LINUX, "Windows, Mac, Linux"), ("", "W")]
)
def test_the_steps_of_the_device_that_asks_are_open(doorway: Doorway, browser: str, steps: str) -> None:
    answer = doorway.http.get("/", headers={"User-Agent": browser})

    opened = re.findall(r"<details open>\s*<summary>([^<]*)", answer.text)
    assert len(opened) == 1
    assert opened[0].startswith(steps)


def test_an_ipad_that_says_so_is_told_what_an_iphone_is() -> None:
    assert device("Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X)") == "iphone"


def test_the_certificate_comes_as_phones_take_it(doorway: Doorway) -> None:
    answer = doorway.http.get("/smart-attendance-ca.crt")

    assert answer.content == ssl.PEM_cert_to_DER_cert(doorway.files.ca.read_text())
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize("target", ["/today", "/api/v1/me", "/sessions/1?photo=2&x=%20", "/openapi.json", "/metrics"])
def test_everything_else_is_sent_to_the_secure_address(doorway: Doorway, target: str) -> None:
    answer = doorway.http.get(target, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

    assert answer.status_code == 307
    assert answer.headers["location"] == f"{APP}{target}"
    assert answer.headers["cache-control"] == "no-store"
    assert not answer.content


@pytest.mark.parametrize(
    "target", ["//evil.example", "@evil.example/", ".evil.example/", "http://evil.example/", "%2F@evil.example/", "*"]
)
def test_no_target_can_bend_the_address(doorway: Doorway, target: str) -> None:
    with socket.create_connection(("127.0.0.1", doorway.port)) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
        answer = connection.makefile("rb").read().decode()

    status, locations = int(answer.split()[1]), re.findall(r"(?im)^location: (.*)\r$", answer)
    assert (status, len(locations)) in {(307, 1), (404, 0)}
    assert all(location.startswith(f"{APP}/") for location in locations)


@pytest.mark.parametrize("path", ["/", "/api/v1/auth/sign-in", "/smart-attendance-ca.crt"])
def test_what_is_sent_over_plain_http_is_refused_not_sent_on(doorway: Doorway, path: str) -> None:
    answer = doorway.http.post(path, json={"email": "teacher@school.example", "password": "correct horse"})

    assert answer.status_code == 405
    assert "location" not in answer.headers


def test_it_never_sets_a_cookie(doorway: Doorway) -> None:
    paths = ("/", "/smart-attendance-ca.crt", "/api/v1/me", "/health", "/health/ready")
    answers = [doorway.http.get(path, headers={"Cookie": "attendance=1"}) for path in paths]

    assert [answer.status_code for answer in answers] == [200, 200, 307, 200, 200]
    assert not [answer.url for answer in answers if "set-cookie" in answer.headers]
