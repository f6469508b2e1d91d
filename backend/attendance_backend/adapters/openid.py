"""OpenID Connect over HTTP: discovery, the exchange of a code, and the ID token, judged by authlib and joserfc.

It follows no redirect and asks nobody on a private network but the issuer's own origin, whatever discovery says.
"""

import asyncio
import ipaddress
import json
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx2
import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from attendance_backend.adapters.authorities import trusted
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.openid import (
    OpenIdProvider,
    ProviderAnswerError,
    ProviderUnreachableError,
    RoundTrip,
    Told,
)

SECONDS = 10.0
"""For one answer, from the name's look-up to its last byte."""
MOST_BYTES = 512 * 1024
KEPT_FOR = timedelta(hours=1)
"""Of what discovery says and of the keys."""
KEYS_EVERY = timedelta(minutes=1)
"""A token of a key that is not known asks for the keys anew, but no oftener: anybody may send such tokens."""
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Those of key pairs: a token signed with our own client's secret, or not at all, is none."""
SCOPE = "openid email"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
log = structlog.stdlib.get_logger(__name__)


class ProviderSettings(BaseModel):
    """One provider as the file of OPENID_PROVIDERS describes it.

    `issuer` begins the address of its discovery. `email_is_verified` is for providers that never say so and whose
    addresses the school itself gives out, such as a Microsoft tenant of the school's own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    issuer: Annotated[str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])")]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: SecretStr
    email_is_verified: bool = False


@dataclass(frozen=True)
class Metadata:
    """What discovery says, and when it was asked."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    client_auth: str
    at: datetime


@dataclass(frozen=True)
class Keys:
    known: KeySet
    at: datetime


@dataclass
class DiscoveredProvider:
    """An `OpenIdProvider`. `page` is where the browser comes back to."""

    settings: ProviderSettings
    page: str
    http: httpx2.AsyncClient
    clock: Clock
    _metadata: Metadata | None = None
    _keys: Keys | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def id(self) -> str:
        return self.settings.id

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def issuer(self) -> str:
        return self.settings.issuer

    async def address(self, trip: RoundTrip) -> str:
        metadata = await self._discovered()
        address: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            client_id=self.settings.client_id,
            response_type="code",
            redirect_uri=self.page,
            scope=SCOPE,
            state=trip.state,
            nonce=trip.nonce,
            code_challenge=create_s256_code_challenge(trip.verifier),
            code_challenge_method="S256",
        )
        return address

    async def told(self, code: str, trip: RoundTrip) -> Told:
        try:
            answer = await self._exchanged(code, trip)
            claims = await self._claims(str(answer.get("id_token", "")), answer.get("access_token"), trip.nonce)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise self._refusal(type(error).__name__) from error
        email = claims.get("email")
        verified = claims.get("email_verified") is True or self.settings.email_is_verified
        return Told(
            issuer=self.settings.issuer,
            subject=str(claims["sub"]),
            verified_email=email if verified and isinstance(email, str) else None,
        )

    async def _discovered(self) -> Metadata:
        async with self._asking:
            now = self.clock.now()
            if self._metadata is None or now - self._metadata.at > KEPT_FOR:
                told = await self._json("GET", get_well_known_url(self.settings.issuer, external=True))
                self._metadata = self._read_metadata(told, now)
            return self._metadata

    def _read_metadata(self, told: dict[str, Any], now: datetime) -> Metadata:
        if told.get("issuer") != self.settings.issuer:
            raise self._refusal("another issuer")
        scheme = httpx2.URL(self.settings.issuer).scheme
        browser, token, keys = (str(told.get(name)) for name in ENDPOINTS)
        if not all(end.startswith(f"{scheme}://") for end in (browser, token, keys)):
            raise self._refusal("endpoints that are no addresses")
        ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        return Metadata(browser, token, keys, way, now)

    async def _exchanged(self, code: str, trip: RoundTrip) -> dict[str, Any]:
        metadata = await self._discovered()
        body = prepare_token_request(
            "authorization_code", redirect_uri=self.page, code=code, code_verifier=trip.verifier
        )
        secret = self.settings.client_secret.get_secret_value()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        client = ClientAuth(self.settings.client_id, secret, metadata.client_auth)
        address, headers, body = client.prepare("POST", metadata.token_endpoint, headers, body)
        return await self._json("POST", address, headers=headers, content=body)

    async def _claims(self, id_token: str, access_token: object, nonce: str) -> CodeIDToken:
        """The claims of an ID token that is signed by the provider, for us, now, and for this browser."""
        signed = await self._signed(id_token)
        wanted = {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
        }
        client_id = self.settings.client_id
        params = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
        claims = CodeIDToken(signed.claims, signed.header, wanted, params)
        claims.validate(int(self.clock.now().timestamp()), LEEWAY_SECONDS)
        return claims

    async def _signed(self, id_token: str) -> jwt.Token:
        keys = await self._known_keys(KEPT_FOR)
        try:
            return jwt.decode(id_token, keys, ALGORITHMS)
        except InvalidKeyIdError:
            return jwt.decode(id_token, await self._known_keys(KEYS_EVERY), ALGORITHMS)

    async def _known_keys(self, most: timedelta) -> KeySet:
        """The provider's keys, asked for no longer ago than `most`."""
        metadata = await self._discovered()
        async with self._asking:
            now = self.clock.now()
            if self._keys is None or now - self._keys.at > most:
                told: Any = await self._json("GET", metadata.jwks_uri)
                self._keys = Keys(KeySet.import_key_set(told), now)
            return self._keys.known

    async def _json(self, method: str, address: str, **options: Any) -> dict[str, Any]:
        try:
            async with asyncio.timeout(SECONDS):
                await self._check_reach(httpx2.URL(address))
                async with self.http.stream(method, address, **options) as answer:
                    body = await _bounded(answer)
        except (httpx2.HTTPError, OSError, TimeoutError) as error:
            log.warning("openid_provider_unreachable", provider=self.id, reason=type(error).__name__)
            raise ProviderUnreachableError from error
        if answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
            raise ProviderUnreachableError
        if answer.status_code != httpx2.codes.OK:
            raise self._refusal(f"status {answer.status_code}")
        return self._object(body)

    def _object(self, body: bytes) -> dict[str, Any]:
        try:
            told = json.loads(body)
        except ValueError as error:
            raise self._refusal("no JSON") from error
        if not isinstance(told, dict):
            raise self._refusal("no JSON object")
        return told

    async def _check_reach(self, target: httpx2.URL) -> None:
        """Pass the issuer's own origin, and others only on the open internet.

        Raises:
            ProviderAnswerError: discovery names an address inside somebody's network.
        """
        own = httpx2.URL(self.settings.issuer)
        if (target.scheme, target.host, target.port) == (own.scheme, own.host, own.port):
            return
        port = target.port or {"http": 80, "https": 443}[target.scheme]
        found = await asyncio.get_running_loop().getaddrinfo(target.host, port, type=socket.SOCK_STREAM)
        if not all(ipaddress.ip_address(place[4][0]).is_global for place in found):
            raise self._refusal("an endpoint on a private network")

    def _refusal(self, reason: str) -> ProviderAnswerError:
        log.warning("openid_answer_refused", provider=self.id, reason=reason)
        return ProviderAnswerError(reason)


async def _bounded(answer: httpx2.Response) -> bytes:
    body = b""
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise ProviderAnswerError("too large")
    return body


def read_providers(described: Path) -> list[ProviderSettings]:
    """The providers of a file: a list in JSON.

    Raises:
        ValueError: it describes none, or two by one id. The message holds no secret.
    """
    try:
        told = TypeAdapter(list[ProviderSettings]).validate_json(described.read_bytes())
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        places = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
        raise ValueError(f"OPENID_PROVIDERS: {places}") from None
    if len({provider.id for provider in told}) != len(told):
        raise ValueError("OPENID_PROVIDERS: two providers have one id")
    return told


def discovered(
    settings: list[ProviderSettings], site: str, http: httpx2.AsyncClient, clock: Clock
) -> list[OpenIdProvider]:
    """The providers, which are asked nothing until somebody uses them. `site` is where people reach the web app."""
    return [DiscoveredProvider(one, f"{site}/sign-in/{one.id}", http, clock) for one in settings]


def client_of_providers() -> httpx2.AsyncClient:
    """The client for all providers. It knows no proxy: one would look names up by itself, where none is checked."""
    return httpx2.AsyncClient(verify=trusted(), timeout=SECONDS, follow_redirects=False, trust_env=False)
