"""The built web app as a browser gets it, from the real program."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from backend.tests.conftest import Backend, running_alone

from attendance_backend.adapters.mongo import Client

PAGE = """<!doctype html><html><head><meta property="csp-nonce" nonce="__CSP_NONCE__">
<script type="module" nonce="__CSP_NONCE__" src="/assets/app-1a2b3c.js"></script></head><body>Grüß dich</body></html>"""
SCRIPT = b"console.log('register')\n" * 50
PLAYED_BROTLI = b"what the build compressed with brotli"
SECRET = b"the key of the school"
OPENED = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
NAVIGATED = {"Accept": "*/*", "Sec-Fetch-Mode": "navigate"}
SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "img-src": "'self' blob: data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "media-src": "'self' blob:",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

UNCHANGED = [
    *[
        ("GET", path, 404, "NOT_FOUND")
        for path in (
            *("/assets/none-1.js", "/assets", "/assets/", "/assets/inner", "/assets/app-1a2b3c.js/", "/api"),
            *("/api/v1/none", "/api/v2/me", "/health/none", "/metrics/x", "/openapi.json/x"),
        )
    ],
    ("POST", "/api/v1/none", 404, "NOT_FOUND"),
    ("POST", "/sessions/1", 404, "NOT_FOUND"),
    ("PUT", "/assets/app-1a2b3c.js", 404, "NOT_FOUND"),
    ("DELETE", "/", 404, "NOT_FOUND"),
    ("DELETE", "/api/v1/me", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/api/v1/auth/sign-in", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/api/v1/me", 401, "NOT_SIGNED_IN"),
]
NEGOTIATED = [
    ("gzip, deflate, br, zstd", "br"),
    ("gzip, deflate", "gzip"),
    ("GZIP;q=0.5", "gzip"),
    ("br;q=0, gzip", "gzip"),
    ("br;q=0.000,gzip ; q=1.0", "gzip"),
    ("br;q=0.001", "br"),
    ("gzip;q=0", None),
    ("identity", None),
    ("brotli, gzipped", None),
    ("br;q=much", "br"),
    ("", None),
    (None, None),
]
LEADING_OUT = [
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/..%2fdist-of-another/secret.txt",
    "/%2e%2e/dist-of-another/secret.txt",
    "//etc/passwd",
    "/%2fetc/passwd",
    "/assets//etc/passwd",
    "/assets/%2fetc%2fpasswd",
    "/assets/link.js",
    "/assets/app-1a2b3c.js%00.png",
    "/assets/" + "x" * 5000,
    "/assets/" + "x/" * 3000,
    "/assets/./app-1a2b3c.js",
    "/assets/../index.html",
    "/assets/%ff%fe",
    "http://127.0.0.1/../secret.txt",
]


def build(folder: Path) -> Path:
    """A web app as a build leaves it, and beside it what nobody may have."""
    root = folder / "dist"
    (root / "assets" / "inner").mkdir(parents=True)
    (root / "icons").mkdir()
    (root / "index.html").write_text(PAGE, "utf-8")
    (root / "favicon.svg").write_text("<svg/>")
    (root / "manifest.webmanifest").write_text("{}")
    (root / "assets" / "app-1a2b3c.js").write_bytes(SCRIPT)
    (root / "assets" / "app-1a2b3c.js.gz").write_bytes(gzip.compress(SCRIPT))
    (root / "assets" / "app-1a2b3c.js.br").write_bytes(PLAYED_BROTLI)
    (root / "assets" / "style-1.css").write_text("body{}")
    (root / "assets" / "font-1.woff2").write_bytes(b"wOF2")
    (folder / "secret.txt").write_bytes(SECRET)
    (folder / "dist-of-another").mkdir()
    (folder / "dist-of-another" / "secret.txt").write_bytes(SECRET)
    (root / "assets" / "link.js").symlink_to(folder / "secret.txt")
    return root


@pytest.fixture
def built(tmp_path: Path) -> Path:
    return build(tmp_path)


@pytest.fixture
def environment(environment: dict[str, str], built: Path) -> dict[str, str]:
    return {**environment, "WEB_ROOT": str(built)}


@pytest.fixture(scope="module")
async def pages(
    program_environment: dict[str, str], mongodb_uri: str, mongo: Client, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Backend]:
    """One backend with a web app for all tests that only read it."""
    home = tmp_path_factory.mktemp("home")
    root = build(tmp_path_factory.mktemp("built"))
    async with running_alone(program_environment, mongo, mongodb_uri, home, WEB_ROOT=str(root)) as running:
        yield running


def policy_of(answer: httpx2.Response) -> dict[str, str]:
    """The directives of the content security policy, with their sources."""
    directives = answer.headers["Content-Security-Policy"].split("; ")
    return {name: sources for name, _, sources in (directive.partition(" ") for directive in directives)}


async def as_sent(http: httpx2.AsyncClient, path: str, accepted: str | None) -> tuple[httpx2.Response, bytes]:
    """An answer with its body as it went over the wire."""
    request = http.build_request("GET", path)
    request.headers.pop("Accept-Encoding", None)
    if accepted is not None:
        request.headers["Accept-Encoding"] = accepted
    answer = await http.send(request, stream=True)
    return answer, b"".join([part async for part in answer.aiter_raw()])


async def asked_raw(backend: Backend, target: str, method: str = "GET") -> bytes:
    """The whole answer to a target that no client would send as it stands."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(backend.environment["PORT"]))
    writer.write(f"{method} {target} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


async def test_every_start_page_has_a_nonce_of_its_own_and_lets_nothing_else_in(pages: Backend) -> None:
    first, second = [await pages.http.get("/", headers=OPENED) for _ in range(2)]

    nonces = [re.findall(r'nonce="([^"]*)"', answer.text) for answer in (first, second)]
    assert [len(set(found)) for found in nonces] == [1, 1]
    assert nonces[0][0] != nonces[1][0]
    assert min(len(found[0]) for found in nonces) >= 22, "128 bits"
    for answer, found in zip((first, second), nonces, strict=True):
        policy = policy_of(answer)
        assert policy.pop("style-src") == f"'self' 'nonce-{found[0]}'"
        assert policy == SOURCES
        assert answer.text == PAGE.replace("__CSP_NONCE__", found[0])
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


async def test_pages_and_files_are_guarded_alike(pages: Backend) -> None:
    for path in ("/", "/sessions/1", "/favicon.svg", "/assets/app-1a2b3c.js"):
        answer = await pages.http.get(path, headers=OPENED)

        assert answer.status_code == 200
        assert policy_of(answer).items() >= SOURCES.items(), path
        told = {
            name: answer.headers[name] for name in answer.headers if name.startswith(("x-c", "ref", "per", "cross"))
        }
        assert told == {
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "permissions-policy": "camera=(self), microphone=(), geolocation=()",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }, path
        assert "Strict-Transport-Security" not in answer.headers
        assert "Set-Cookie" not in answer.headers


async def test_an_address_that_a_person_opens_shows_the_start_page(pages: Backend) -> None:
    for path in ("/", "/index.html", "/sessions/0198", "/sign-in?next=%2Fsessions", "/healthy", "/icons", "/a.b"):
        for headers in (OPENED, NAVIGATED):
            answer = await pages.http.get(path, headers=headers)
            assert (answer.status_code, "Grüß dich" in answer.text) == (200, True), path
            assert answer.headers["Cache-Control"] == "no-cache"
    anyway = await pages.http.get("/", headers={"Accept": "*/*"})
    part_of_a_page = await pages.http.get("/missing.png", headers={"Accept": "image/*"})

    assert anyway.status_code == 200
    assert (part_of_a_page.status_code, part_of_a_page.json()["error_code"]) == (404, "NOT_FOUND")


async def test_the_api_answers_as_if_there_were_no_pages(pages: Backend) -> None:
    for method, path, status, code in UNCHANGED:
        answer = await pages.http.request(method, path, headers=OPENED)

        assert (answer.status_code, answer.json()["error_code"]) == (status, code), (method, path)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_health_and_metrics_and_the_description_of_the_api_are_no_pages(pages: Backend) -> None:
    health, metrics, described = [
        await pages.http.get(path, headers=OPENED) for path in ("/health", "/metrics", "/openapi.json")
    ]

    assert health.json()["status"] == "ok"
    assert "http_requests_total" in metrics.text
    assert "/api/v1/me" in described.json()["paths"]
    assert "/{path}" not in described.json()["paths"]


async def test_assets_are_kept_for_a_year_and_other_files_asked_for_again(pages: Backend) -> None:
    caching = {"/assets/style-1.css": "public, max-age=31536000, immutable", "/favicon.svg": "no-cache"}
    for path, expected in caching.items():
        first = await pages.http.get(path)
        again = await pages.http.get(path, headers={"If-None-Match": first.headers["ETag"]})

        assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == expected
        assert (again.status_code, again.content) == (304, b"")
    start = await pages.http.get("/", headers={"If-None-Match": "*"})
    assert (start.status_code, "ETag" in start.headers) == (200, False), "its nonce must be new"


async def test_files_say_what_they_are_on_every_machine(pages: Backend) -> None:
    kinds = {
        "/assets/app-1a2b3c.js": "text/javascript; charset=utf-8",
        "/assets/style-1.css": "text/css; charset=utf-8",
        "/assets/font-1.woff2": "font/woff2",
        "/favicon.svg": "image/svg+xml",
        "/manifest.webmanifest": "application/manifest+json",
        "/assets/app-1a2b3c.js.gz": "application/octet-stream",
    }
    for path, kind in kinds.items():
        answer = await pages.http.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind), path


async def test_a_script_comes_as_small_as_the_browser_can_read(pages: Backend) -> None:
    for accepted, encoding in NEGOTIATED:
        answer, body = await as_sent(pages.http, "/assets/app-1a2b3c.js", accepted)

        assert answer.headers.get("Content-Encoding") == encoding, accepted
        plain = gzip.decompress(body) if encoding == "gzip" else body
        assert plain == (PLAYED_BROTLI if encoding == "br" else SCRIPT)
        assert int(answer.headers["Content-Length"]) == len(body)
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"


async def test_what_the_build_did_not_compress_goes_as_it_is(pages: Backend) -> None:
    for path in ("/assets/style-1.css", "/favicon.svg", "/"):
        answer = await pages.http.get(path, headers={"Accept-Encoding": "br, gzip", **OPENED})
        assert (answer.status_code, "Content-Encoding" in answer.headers) == (200, False), path


async def test_a_head_is_an_answer_without_its_body(pages: Backend) -> None:
    for path in ("/", "/sessions/1", "/favicon.svg", "/assets/app-1a2b3c.js"):
        whole, head = [await pages.http.request(method, path, headers=OPENED) for method in ("GET", "HEAD")]

        told = ("content-type", "content-length", "content-encoding", "cache-control", "etag")
        assert (head.status_code, head.content) == (200, b""), path
        assert [head.headers.get(name) for name in told] == [whole.headers.get(name) for name in told], path
    missing = await asked_raw(pages, "/assets/none.js", "HEAD")
    assert missing.startswith(b"HTTP/1.1 404 ")


async def test_nothing_leads_out_of_the_folder(pages: Backend) -> None:
    for target in LEADING_OUT:
        answer = await asked_raw(pages, target)

        status = int(answer.split(b" ", 2)[1])
        assert SECRET not in answer, target
        assert b"root:" not in answer, target
        assert status in ({404} if target.startswith("/assets") else {200, 400, 404}), target
    assert "unexpected_error" not in pages.output


async def test_a_build_made_meanwhile_is_served_at_once(backend: Backend, built: Path) -> None:
    (built / "index.html").write_text("<p>a new build</p>")
    (built / "assets" / "app-9.js").write_text("9")

    page, script = [await backend.http.get(path, headers=OPENED) for path in ("/sessions", "/assets/app-9.js")]

    assert (page.text, script.text) == ("<p>a new build</p>", "9")


async def test_without_a_web_app_there_are_no_pages(backend: Backend) -> None:
    del backend.environment["WEB_ROOT"]
    backend.stop()
    await backend.start()

    for path in ("/", "/index.html", "/assets/app-1a2b3c.js", "/sessions/1"):
        answer = await backend.http.get(path, headers=OPENED)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND"), path


async def test_pages_are_counted_by_kind_and_never_by_address(backend: Backend) -> None:
    for path in ("/sessions/0198-secret", "/assets/app-1a2b3c.js"):
        await backend.http.get(path, headers=OPENED)

    # A file is counted when it is closed, which may be after its last byte has arrived.
    wanted = {f'route="{route}",status="200"}} 1.0' for route in ("/{path:path}", "/assets/{path:path}")}
    metrics = ""
    async with asyncio.timeout(20):
        while not all(part in metrics for part in wanted):
            metrics = (await backend.http.get("/metrics")).text

    assert "0198-secret" not in metrics
