"""The doorway: over plain HTTP it hands out the authority's certificate and tells how to trust it.

Everything else it sends to the one secure address it was given, so that no cookie or password comes by here. It sets no
cookie, runs no script and believes no Host header.
"""

import base64
import contextlib
import html
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from string import Template

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from fastapi import FastAPI, Request, Response
from pydantic import Field, FilePath
from starlette.responses import HTMLResponse, RedirectResponse

from attendance_backend.lan.certificates import fingerprint
from attendance_kit.health import Health, health_routes
from attendance_kit.privacy import Private
from attendance_kit.service import announced
from attendance_kit.settings import ServiceSettings

NAME = "doorway"
CERTIFICATE = "smart-attendance-ca.crt"
READ = ["GET", "HEAD"]
"""Who sends anything else over plain HTTP is refused, not sent on: it would go on doing so."""
CERTIFICATE_TYPE = "application/x-x509-ca-cert"
"""What phones take for a certificate to install, in DER (Android's help asks for that; iOS takes either)."""


class DoorwaySettings(ServiceSettings):
    """Where the doorway leads; each field is the environment variable of the same name."""

    port: int = Field(8080, ge=0, le=65_535)
    https_address: str = Field(pattern=r"^https://[^/?#@\s\"<>]+$")
    ca_certificate: FilePath


def make_doorway(settings: DoorwaySettings) -> FastAPI:
    """The application. Raises `ValueError` if the file holds no certificate."""
    ca = x509.load_pem_x509_certificate(settings.ca_certificate.read_bytes())
    page = Page(ca, settings.https_address)
    app = FastAPI(lifespan=_lifespan, openapi_url=None, redirect_slashes=False)
    app.add_middleware(Private)
    app.include_router(health_routes(Health(NAME, version("attendance-backend"), {})))

    async def show(request: Request) -> Response:
        return HTMLResponse(page.for_device(request.headers.get("user-agent", "")), headers=page.headers)

    async def hand_out(_request: Request) -> Response:
        return Response(ca.public_bytes(Encoding.DER), media_type=CERTIFICATE_TYPE)

    async def send_on(request: Request) -> Response:
        return RedirectResponse(settings.https_address + _target(request), status_code=307)

    app.add_route("/", show, methods=READ)
    app.add_route(f"/{CERTIFICATE}", hand_out, methods=READ)
    app.add_route("/{path:path}", send_on, methods=READ)
    return app


class Page:
    """The page as each kind of device gets it: the steps of that kind are open, the others a tap away."""

    def __init__(self, ca: x509.Certificate, address: str) -> None:
        style = _text("doorway.css")
        self._page = Template(_text("doorway.html"))
        self._texts = {
            "style": style,
            "app": html.escape(address),
            "name": html.escape(str(ca.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)),
            "fingerprint": " ".join(f"<span>{group}</span>" for group in fingerprint(ca).split()),
        }
        digest = base64.b64encode(sha256(style.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:"
        self.headers: Mapping[str, str] = {
            "Content-Security-Policy": f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
        }

    def for_device(self, user_agent: str) -> str:
        own = device(user_agent)
        opened = {kind: " open" if kind == own else "" for kind in ("iphone", "android", "computer")}
        return self._page.substitute(self._texts | opened)


def device(user_agent: str) -> str:
    """Which steps a browser that calls itself so needs. An iPad calls itself a Mac."""
    if "iPhone" in user_agent or "iPad" in user_agent:
        return "iphone"
    return "android" if "Android" in user_agent else "computer"


@contextlib.asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with announced(NAME):
        yield


def _target(request: Request) -> str:
    """The path and query asked for, as they were sent. `%2F@example.org` would change the host it is appended to."""
    path, query = request.scope["raw_path"].decode("latin-1"), request.scope["query_string"].decode("latin-1")
    if not path.startswith("/"):
        return "/"
    return f"{path}?{query}" if query else path


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
