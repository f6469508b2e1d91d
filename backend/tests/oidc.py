"""A real OpenID provider on this machine: authlib's own server with RSA keys, and switches for what it does wrong."""

import contextlib
import json
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750.token import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "smart-attendance", "the secret of our client"
Answer = tuple[int, Any, list[tuple[str, str]]]


@dataclass
class Client(ClientMixin):
    """The one client it knows."""

    pages: list[str]

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.pages[0]

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.pages

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code:
    """A code that it gave out, with what it was asked."""

    asked: dict[str, str]
    user: UserInfo

    def get_redirect_uri(self) -> str:
        return self.asked["redirect_uri"]

    def get_scope(self) -> str:
        return self.asked["scope"]

    def get_nonce(self) -> str:
        return self.asked["nonce"]

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None

    @property
    def code_challenge(self) -> str:
        return self.asked["code_challenge"]

    @property
    def code_challenge_method(self) -> str:
        return self.asked["code_challenge_method"]


def a_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})


@dataclass
class Provider:
    """`user` is who is signed in there. `claims` take the place of those in ID tokens, `metadata` of discovery's."""

    port: int = 0
    user: UserInfo | None = None
    pages: list[str] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    signs_with: RSAKey = field(default_factory=a_key)
    keys: list[RSAKey] = field(default_factory=list)
    token_answer: Answer | None = None
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys.append(self.signs_with)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def know(self, subject: str, email: str, *, verified: bool | None = True) -> None:
        """Let somebody be signed in there."""
        self.user = UserInfo(sub=subject, email=email)
        if verified is not None:
            self.user["email_verified"] = verified

    def turn_keys(self) -> None:
        """Sign with another key from now on, and tell only of that one."""
        self.signs_with = a_key()
        self.keys[:] = [self.signs_with]

    def behave(self) -> None:
        """Do nothing wrong any more."""
        self.claims.clear()
        self.metadata.clear()
        self.token_answer = None
        self.signs_with = self.keys[0]

    def described(self, provider_id: str = "school", **options: Any) -> dict[str, Any]:
        """What our settings say of it."""
        told = {"id": provider_id, "name": "School account", "issuer": self.issuer}
        return {**told, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **options}

    def answer(self, method: str, path: str, payload: dict[str, str], headers: Any) -> Answer:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, self._discovery(), []
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}, []
        # The library takes plain HTTP for a mistake; a real one has TLS before it.
        request = Request(method, f"https://127.0.0.1{path}", headers=headers)
        request.payload = BasicOAuth2Payload(payload)
        return self._granted(path, request)

    def _granted(self, path: str, request: OAuth2Request) -> Answer:
        server = Server(self)
        if path == "/authorize":
            grant = server.get_consent_grant(request, self.user)
            return server.create_authorization_response(request, self.user, grant)
        if path == "/token":
            return self.token_answer or server.create_token_response(request)
        return 404, {}, []

    def _discovery(self) -> dict[str, Any]:
        ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        told = {name: f"{self.issuer}{path}" for name, path in ends.items()}
        return {"issuer": self.issuer, **told, **self.metadata}


class Request(OAuth2Request):
    @property
    def form(self) -> dict[str, str]:
        return self.payload.data


class Server(AuthorizationServer):
    """What authlib wants to be told of where things are kept."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(["openid", "email"])
        self.provider = provider
        tokens = BearerTokenGenerator(lambda **_asked: secrets.token_urlsafe(32))
        self.register_token_generator("default", tokens)
        self.register_grant(Grant, [CodeChallenge(required=True), Tokens(require_nonce=True)])

    def query_client(self, client_id: str) -> Client | None:
        return Client(self.provider.pages) if client_id == CLIENT_ID else None

    def save_token(self, token: object, request: object) -> None:
        """Nobody ever asks for one."""

    def send_signal(self, name: str, *_args: object, **_options: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        return status, body, headers


class Grant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        self.server.provider.codes[code] = Code(dict(request.payload.data), request.user)

    def query_authorization_code(self, code: str, _client: Client) -> Code | None:
        return self.server.provider.codes.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        codes = self.server.provider.codes
        codes.pop(next(code for code, kept in codes.items() if kept is authorization_code))

    def authenticate_user(self, authorization_code: Code) -> UserInfo:
        return authorization_code.user


class Tokens(OpenIDCode):
    def __call__(self, grant: Grant) -> None:
        self.provider: Provider = grant.server.provider
        super().__call__(grant)

    def exists_nonce(self, nonce: str, _request: object) -> bool:
        return any(code.get_nonce() == nonce for code in self.provider.codes.values())

    def resolve_client_private_key(self, _client: Client) -> RSAKey:
        return self.provider.signs_with

    def get_client_claims(self, _client: Client) -> dict[str, Any]:
        return {"iss": self.provider.issuer, "aud": [CLIENT_ID]}

    def get_encode_header(self, _client: Client) -> dict[str, str]:
        return {"alg": "RS256", "kid": self.provider.keys[0].kid}

    def generate_user_info(self, user: UserInfo, _scope: str) -> UserInfo:
        return UserInfo({**user, **self.provider.claims})


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        self._answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, given: str) -> None:
        path = urlsplit(self.path).path
        status, body, headers = self.provider.answer(self.command, path, dict(parse_qsl(given)), self.headers)
        sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(sent)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Keep quiet."""


@contextlib.contextmanager
def a_provider() -> Iterator[Provider]:
    """A provider on a free port."""
    provider = Provider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        provider.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
