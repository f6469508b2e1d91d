"""Looks through every answer and every log of a test run for what may not be there: vectors, photos, secrets.

A plugin of the whole test run. An answer that leaks fails the test that got it; a log that leaks fails the run.
"""

import base64
import binascii
import json
import math
import os
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

LEAST_LENGTH = 16
"""Numbers in the shortest vector that any model here gives out: the played one's."""
UNIT = 1e-3
"""How far from one the length of a vector may be: they are kept normalised."""
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{80,}={0,2}")
NUMBERS = re.compile(rb"\[\s*-?\d[\d.eE+\-,\s]{30,}\]")
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"ftypheic", b"ftypavif", b"WEBPVP8")
PACKED_PICTURES = re.compile(rb"/9j/(4[A-Z]|2w)|iVBORw0KGgo")
"""How JPEG and PNG files begin in base64."""
SECRETS = {
    "a password's hash": re.compile(rb"\$argon2"),
    "a private key": re.compile(rb"PRIVATE KEY-----"),
    "an access token": re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ"),
    "a password or key of these tests": re.compile(
        rb"correct horse battery|a long enough password|key-of-the-test-run|the-key-of-the-played-service"
    ),
}
GIVES_TOKENS = re.compile(r"/api/v1/(auth|invitations|me)\b")
GIVES_VECTORS = re.compile(r"/api/ml/")
REPORT = "LEAKS_REPORT"
"""The folder for a report of what was looked at, where somebody wants one."""


class Leak(AssertionError):
    """Something was found where it may not be. Of the thing itself only its kind is told."""


@dataclass
class Looked:
    """How much was looked at, and what leaked: a test that is tried again and holds then has leaked all the same."""

    answers: int = 0
    answer_bytes: int = 0
    logs: int = 0
    log_lines: int = 0
    log_bytes: int = 0
    leaks: list[str] = field(default_factory=list)


LOOKED = Looked()


def vectors_in(content: bytes) -> Iterator[str]:
    """The kinds of vectors in a text: runs of base64 and lists of numbers that are a point on the unit sphere."""
    for run in BASE64.findall(content):
        if any(_is_unit(numbers) for numbers in _floats(run)):
            yield "a vector as base64"
    for run in NUMBERS.findall(content):
        if _is_unit(_listed(run)):
            yield "a vector as numbers"


def _floats(run: bytes) -> Iterator[tuple[float, ...]]:
    for decode in (base64.b64decode, base64.urlsafe_b64decode):
        try:
            raw = decode(run)
        except (binascii.Error, ValueError):
            continue
        if len(raw) % 4 == 0:
            yield struct.unpack(f"<{len(raw) // 4}f", raw)


def _listed(run: bytes) -> tuple[float, ...]:
    try:
        return tuple(float(number) for number in json.loads(run))
    except (ValueError, TypeError):
        return ()


def _is_unit(numbers: tuple[float, ...]) -> bool:
    if len(numbers) < LEAST_LENGTH or not all(math.isfinite(n) and abs(n) <= 1 + UNIT for n in numbers):
        return False
    return abs(math.hypot(*numbers) - 1) < UNIT


def pictures_in(content: bytes) -> Iterator[str]:
    """The kinds of photos in a text: as they are, or the beginning of one as base64."""
    if any(picture in content for picture in PICTURES):
        yield "a photo"
    if PACKED_PICTURES.search(content):
        yield "a photo as base64"


def secrets_in(content: bytes, known: Mapping[str, bytes]) -> Iterator[str]:
    """The kinds of secrets in a text; `known` are keys by their name, looked for as they are, in hex and in base64."""
    yield from (name for name, pattern in SECRETS.items() if pattern.search(content))
    for name, key in known.items():
        if any(form in content for form in (key, key.hex().encode(), base64.b64encode(key))):
            yield f"the key {name}"


def check_answer(answer: httpx2.Response) -> None:
    """Raise Leak where an answer holds what its route may not give out."""
    if answer.headers.get("content-type", "").startswith(("image/", "font/")):
        return
    path, content = answer.url.path, answer.content
    LOOKED.answers += 1
    LOOKED.answer_bytes += len(content)
    found = {*secrets_in(content, {})} - ({"an access token"} if GIVES_TOKENS.search(path) else set())
    if not GIVES_VECTORS.search(path):
        found |= {*vectors_in(content), *pictures_in(content)}
    if found:
        raise Leak(f"{answer.request.method} {path} answered with {', '.join(sorted(found))}")


def check_log(path: Path, keys: Mapping[str, bytes]) -> None:
    """Raise Leak where a log holds what none may."""
    content = path.read_bytes()
    LOOKED.logs += 1
    LOOKED.log_lines += content.count(b"\n")
    LOOKED.log_bytes += len(content)
    if found := {*vectors_in(content), *pictures_in(content), *secrets_in(content, keys)}:
        raise Leak(f"{path.name} holds {', '.join(sorted(found))}")


def check_logs(folder: Path) -> list[str]:
    """What leaked into the logs below a folder of test homes, whose keys lie beside them."""
    # Of what a process that still ends takes away meanwhile nothing can be said, and walking does not mind.
    files = [Path(where, name) for where, _, names in os.walk(folder) for name in names]
    keys = {path.name: path.read_bytes() for path in files if path.match("keys/*.key") and path.stat().st_size}
    leaks = []
    for path in files:
        try:
            if path.suffix == ".log":
                check_log(path, keys)
        except Leak as leak:
            leaks.append(str(leak))
    return leaks


@pytest.fixture(autouse=True, scope="session")
def _answers_are_looked_at() -> Iterator[None]:
    """Every answer that any HTTP client of a test gets is looked at before the test sees it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx2.Client, "send", _looking(httpx2.Client.send))
        patch.setattr(httpx2.AsyncClient, "send", _looking_async(httpx2.AsyncClient.send))
        yield


def _look(answer: httpx2.Response) -> httpx2.Response:
    try:
        check_answer(answer)
    except Leak as leak:
        LOOKED.leaks.append(str(leak))
        raise
    return answer


def _looking(send: Callable[..., httpx2.Response]) -> Callable[..., httpx2.Response]:
    def looked(client: httpx2.Client, request: httpx2.Request, **options: Any) -> httpx2.Response:
        answer = send(client, request, **options)
        return answer if options.get("stream") else _look(answer)

    return looked


def _looking_async(send: Callable[..., Any]) -> Callable[..., Any]:
    async def looked(client: httpx2.AsyncClient, request: httpx2.Request, **options: Any) -> httpx2.Response:
        answer: httpx2.Response = await send(client, request, **options)
        return answer if options.get("stream") else _look(answer)

    return looked


LEAKS = pytest.StashKey[list[str]]()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Look through the logs that the run has left: once, where the run is led, after all who worked for it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    factory = getattr(session.config, "_tmp_path_factory", None)
    leaks = check_logs(factory.getbasetemp()) if factory and not worker else []
    session.config.stash[LEAKS] = leaks
    if leaks:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if folder := os.environ.get(REPORT):
        told = {**asdict(LOOKED), "leaks": [*LOOKED.leaks, *leaks]}
        Path(folder, f"{worker or 'logs'}.json").write_text(json.dumps(told))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for leak in config.stash.get(LEAKS, []):
        terminalreporter.write_line(f"LEAK: {leak}", red=True)
