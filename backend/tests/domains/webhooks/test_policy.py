"""Where webhooks may go, how they are signed, and how long they wait."""

import datetime as dt
import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.addresses import may_be_called
from attendance_backend.domains.webhooks.policy import (
    JITTER,
    PREFIX,
    WAITS,
    check_url,
    headers_of,
    secret_of,
    wait_after,
)
from attendance_kit.errors import InvalidRequest

NOW = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
OWN = ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"]
NEVER = ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::", "::ffff:169.254.169.254", "2002:a9fe:a9fe::1"]


@pytest.mark.parametrize("address", [*OWN, *NEVER])
def test_addresses_of_the_schools_own_networks_are_called_only_where_it_says_so(address: str) -> None:
    meant = ipaddress.ip_address(address)

    assert not may_be_called(meant, private=False)
    assert may_be_called(meant, private=True) is (address in OWN)


@given(st.ip_addresses())
def test_what_may_be_called_is_of_the_world_unless_said_otherwise(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if may_be_called(address, private=False):
        assert address.is_global
        assert may_be_called(address, private=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/",
        "ftp://receiver.example/",
        "https:///path",
        "https://user:secret@receiver.example/",
        "https://receiver.example/#part",
        "https://receiver.example:99999/",
        "https://[::1/",
        "https://10.0.0.1/",
        "https://[fd00::1]/",
        "http://localhost/",
        "https://receiver.example/ a",
        "receiver.example",
    ],
)
def test_an_address_that_webhooks_may_not_go_to_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest):
        check_url(url, private=False)


def test_addresses_of_the_world_and_where_told_of_this_machine_are_taken() -> None:
    check_url("https://receiver.example:8443/hook?a=b", private=False)
    for url in ("http://localhost:80/", "http://127.0.0.1:9/", "https://10.0.0.1/"):
        check_url(url, private=True)

    with pytest.raises(InvalidRequest):
        check_url("http://10.0.0.1/", private=True)


def test_a_signature_is_the_one_that_the_specification_gives_as_its_example() -> None:
    derived = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = dt.datetime.fromtimestamp(1_614_265_330, dt.UTC)

    headers = headers_of("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}', [derived])

    assert secret_of(derived) == f"{PREFIX}{derived}"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


@given(st.floats(0, 1), st.floats(0, 1))
def test_each_wait_is_longer_than_the_one_before_and_they_end(one: float, other: float) -> None:
    waits = [wait_after(attempts, chance) for attempts, chance in zip(range(1, 8), itertools.cycle([one, other]))]

    known = [wait for wait in waits if wait]
    assert len(known) == len(WAITS)
    assert all(earlier < later for earlier, later in itertools.pairwise(known))
    assert all(abs(wait - usual) <= JITTER * usual for wait, usual in zip(known, WAITS, strict=True))
    assert wait_after(len(WAITS) + 1, one) is None
    assert NOW + known[-1] > NOW
