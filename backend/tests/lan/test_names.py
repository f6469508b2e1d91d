"""Which names a certificate of this computer may state."""

import ipaddress

import pytest
from cryptography import x509

from attendance_backend.lan.names import NotLocalError, constraints, local_name

PRIVATE = ["10.1.2.3", "172.31.0.1", "192.168.178.25", "169.254.7.7", "127.0.0.1", "::1", "fd12::1", "fe80::1"]
BORROWED = "192.0.2.2"
"""Of the addresses for documents: what some virtual machines have."""


@pytest.mark.parametrize("address", [*PRIVATE, BORROWED])
def test_addresses_of_private_networks_are_stated_as_addresses(address: str) -> None:
    assert local_name(address) == x509.IPAddress(ipaddress.ip_address(address))


@pytest.mark.parametrize("name", ["lab-pc.local", "LAB-PC.local", "localhost", "a.b.local"])
def test_names_that_only_a_network_itself_gives_are_stated_as_names(name: str) -> None:
    assert local_name(name) == x509.DNSName(name.lower())


@pytest.mark.parametrize("address", ["203.0.113.5", "172.32.0.1", "100.64.0.1", "2001:db8::1", "0.0.0.0"])
def test_a_public_address_is_refused_with_what_to_do_instead(address: str) -> None:
    with pytest.raises(NotLocalError, match=r"is a public address.*private networks only.*--host"):
        local_name(address)


@pytest.mark.parametrize("name", ["", "local", "school.example", "local.example", "notlocal", "a..local", "-a.local"])
def test_a_name_of_the_internet_and_what_is_none_is_refused(name: str) -> None:
    with pytest.raises(NotLocalError, match=r"no name that ends in \.local"):
        local_name(name)


def test_the_limits_in_the_certificate_are_those_of_the_names() -> None:
    stated = constraints().permitted_subtrees or []

    networks = [entry.value for entry in stated if isinstance(entry, x509.IPAddress)]
    assert all(any(ipaddress.ip_address(address) in network for network in networks) for address in PRIVATE)
    assert {entry.value for entry in stated if isinstance(entry, x509.DNSName)} == {"local", "localhost"}
