"""Which addresses and names a certificate of this computer may be for: private ones, never one of the internet."""

import ipaddress
import re

from cryptography import x509

NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # private networks, RFC 1918
        *("127.0.0.0/8", "::1/128"),  # this computer itself
        *("169.254.0.0/16", "fe80::/10"),  # addresses that a cable gives without any server
        "fc00::/7",  # private networks, RFC 4193
        "192.0.2.0/24",  # for documents, RFC 5737: nobody has them on the internet, virtual machines borrow them
    )
)
DOMAINS = ("local", "localhost")
"""`.local` is given out by the devices of a network among themselves (RFC 6762); no one can register in either."""
ALWAYS = ("127.0.0.1", "localhost")
"""The computer reaches itself by these."""
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


class NotLocalError(Exception):
    """An address or name of the internet, for which no certificate is made here."""


def constraints() -> x509.NameConstraints:
    """The same limits, as they are written into the authority's certificate for everybody who trusts it."""
    addresses = [x509.IPAddress(network) for network in NETWORKS]
    return x509.NameConstraints([*addresses, *map(x509.DNSName, DOMAINS)], excluded_subtrees=None)


def local_name(text: str) -> x509.GeneralName:
    """The address or name as a certificate states it.

    Raises:
        NotLocalError: it belongs to the internet, or is neither an address nor a name.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return _host_name(text)
    if not any(address in network for network in NETWORKS):
        raise NotLocalError(
            f"{text} is a public address. A certificate of this computer is good for private networks only (10.x, "
            "172.16.x to 172.31.x, 192.168.x), so that nobody could misuse it on the internet. Name an address of the "
            "school's own network: smart-attendance up --lan --host ADDRESS."
        )
    return x509.IPAddress(address)


def _host_name(text: str) -> x509.DNSName:
    name = text.lower()
    labels = name.split(".")
    if labels[-1] in DOMAINS and name != "local" and all(map(_LABEL.fullmatch, labels)):
        return x509.DNSName(name)
    raise NotLocalError(
        f"{text} is no address of a private network and no name that ends in .local: a certificate of this computer "
        "is good for those only."
    )
