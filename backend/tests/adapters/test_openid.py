"""What the client of a provider believes and whom it asks, against a real provider."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from backend.tests.oidc import Provider, a_provider

from attendance_backend.adapters.openid import (
    DiscoveredProvider,
    ProviderSettings,
    client_of_providers,
    discovered,
    read_providers,
)
from attendance_backend.ports.openid import ProviderAnswerError, RoundTrip, Told
from attendance_backend.ports.testing import ManualClock

SITE = "https://school.example"
TRIP = RoundTrip(state="s" * 43, nonce="n" * 43, verifier="v" * 43)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with a_provider() as running:
        running.pages.append(f"{SITE}/sign-in/school")
        running.know("somebody", "somebody@school.example")
        yield running


@pytest.fixture
def clock() -> ManualClock:
    """The provider's tokens are of the real time."""
    return ManualClock(datetime.now(UTC))


@pytest.fixture
async def client(provider: Provider, clock: ManualClock) -> AsyncIterator[DiscoveredProvider]:
    async with client_of_providers() as http:
        settings = ProviderSettings.model_validate(provider.described())
        yield DiscoveredProvider(settings, f"{SITE}/sign-in/school", http, clock)


async def told_by(client: DiscoveredProvider) -> Told:
    address = await client.address(TRIP)
    async with httpx2.AsyncClient() as browser:
        back = urlsplit((await browser.get(address)).headers["Location"])
    return await client.told(parse_qs(back.query)["code"][0], TRIP)


async def test_who_came_back_is_told(client: DiscoveredProvider, provider: Provider) -> None:
    assert await told_by(client) == Told(provider.issuer, "somebody", "somebody@school.example")


async def test_discovery_and_keys_are_asked_for_once_an_hour(
    client: DiscoveredProvider, provider: Provider, clock: ManualClock
) -> None:
    await told_by(client)
    await told_by(client)
    assert provider.asked.count("/keys") == provider.asked.count("/.well-known/openid-configuration") == 1
    clock.go_on(timedelta(minutes=61))
    await client.address(TRIP)
    assert provider.asked.count("/.well-known/openid-configuration") == 2


async def test_keys_that_turned_are_asked_for_anew_and_no_oftener_than_each_minute(
    client: DiscoveredProvider, provider: Provider, clock: ManualClock
) -> None:
    await told_by(client)
    provider.turn_keys()
    with pytest.raises(ProviderAnswerError, match="InvalidKeyId"):
        await told_by(client)
    assert provider.asked.count("/keys") == 1
    clock.go_on(timedelta(seconds=61))
    assert (await told_by(client)).subject == "somebody"
    assert provider.asked.count("/keys") == 2


@pytest.mark.parametrize(
    ("metadata", "wrong"),
    [
        ({"issuer": "https://elsewhere.example"}, "another issuer"),
        ({"issuer": "http://127.0.0.1:1/"}, "another issuer"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no addresses"),
        ({"token_endpoint": None}, "no addresses"),
        ({"jwks_uri": "file:///etc/passwd"}, "no addresses"),
        ({"token_endpoint": "http://127.0.0.1:27017/"}, "private network"),
        ({"token_endpoint": "http://localhost:8001/"}, "private network"),
        ({"token_endpoint": "http://169.254.169.254/latest/meta-data"}, "private network"),
        ({"token_endpoint": "http://[::ffff:10.0.0.1]/"}, "private network"),
        ({"jwks_uri": "http://192.168.1.1/"}, "private network"),
    ],
)
async def test_discovery_leads_nowhere_that_it_should_not(
    client: DiscoveredProvider, provider: Provider, metadata: dict[str, Any], wrong: str
) -> None:
    provider.metadata.update(metadata)
    with pytest.raises(ProviderAnswerError, match=wrong):
        await told_by(client)


async def test_no_redirect_is_followed(client: DiscoveredProvider, provider: Provider) -> None:
    await client.address(TRIP)
    before = len(provider.asked)
    provider.token_answer = (307, "", [("Location", f"{provider.issuer}/elsewhere")])
    with pytest.raises(ProviderAnswerError, match="status 307"):
        await client.told("a code", TRIP)
    assert provider.asked[before:] == ["/token"]


async def test_a_school_may_vouch_for_the_addresses_of_a_provider_of_its_own(
    provider: Provider, clock: ManualClock
) -> None:
    provider.know("somebody", "somebody@school.example", verified=None)
    settings = ProviderSettings.model_validate(provider.described(email_is_verified=True))
    async with client_of_providers() as http:
        (vouched,) = discovered([settings], SITE, http, clock)
        assert isinstance(vouched, DiscoveredProvider)
        assert (await told_by(vouched)).verified_email == "somebody@school.example"


@pytest.mark.parametrize(
    ("described", "wrong"),
    [
        ({"issuer": "http://idp.school.example"}, "0.issuer"),
        ({"id": "a/b"}, "0.id"),
        ({"client_secret": None}, "0.client_secret"),
        ({"unknown": 1}, "0.unknown"),
    ],
)
def test_a_file_that_describes_none_is_refused_without_its_secret(
    provider: Provider, tmp_path: Path, described: dict[str, Any], wrong: str
) -> None:
    path = tmp_path / "providers.json"
    path.write_text(json.dumps([provider.described(**described)]))
    with pytest.raises(ValueError, match=wrong) as refused:
        read_providers(path)
    assert "the secret of our client" not in str(refused.value)


def test_two_providers_are_told_apart_by_their_ids(provider: Provider, tmp_path: Path) -> None:
    path = tmp_path / "providers.json"
    path.write_text(json.dumps([provider.described("a"), provider.described("b")]))
    assert [one.id for one in read_providers(path)] == ["a", "b"]
    path.write_text(json.dumps([provider.described("a"), provider.described("a")]))
    with pytest.raises(ValueError, match="one id"):
        read_providers(path)
