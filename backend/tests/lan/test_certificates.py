"""The certificates of the secure page, believed and refused by those who check: OpenSSL and cryptography's verifier."""

import ipaddress
import socket
import ssl
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from attendance_backend.lan.certificates import (
    DamagedAuthorityError,
    Identity,
    TlsFiles,
    _new_server,
    ensure_certificates,
    fingerprint,
)
from attendance_backend.lan.names import NotLocalError

NAMES = ["192.168.178.25", "lab-pc.local"]


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return TlsFiles.below(tmp_path / "tls")


@pytest.fixture
def now() -> datetime:
    """The real time: OpenSSL goes by its own clock."""
    return datetime.now(UTC)


def ensured(files: TlsFiles, now: datetime, names: list[str] = NAMES) -> x509.Certificate:
    return ensure_certificates(files, names, "lab-pc", now)


def server(files: TlsFiles) -> x509.Certificate:
    return Identity.from_pem(files.server.read_bytes()).certificate


@contextmanager
def serving(identity: Path) -> Iterator[int]:
    """Someone who greets one visitor over TLS with this certificate; the port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(identity)

    def greet() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                context.wrap_socket(connection, server_side=True).close()
            except (ssl.SSLError, ConnectionError):
                return

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as working:
        greeting = working.submit(greet)
        yield listener.getsockname()[1]
        greeting.result()


def visit(port: int, name: str, ca: Path) -> str | None:
    """Shake hands as a device that trusts nobody else and looks for `name`; why it refuses, if it does."""
    trusting = ssl.create_default_context(cafile=ca)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        try:
            trusting.wrap_socket(connection, server_hostname=name).close()
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
    return None


@pytest.mark.parametrize("name", [*NAMES, "127.0.0.1", "localhost"])
def test_a_device_that_trusts_the_authority_believes_the_server_by_all_its_names(files, now, name: str) -> None:
    ensured(files, now)

    with serving(files.server) as port:
        refused = visit(port, name, files.ca)

    assert refused is None


def test_a_device_that_looks_for_another_name_or_trusts_another_authority_refuses(files, now, tmp_path: Path) -> None:
    ensured(files, now)
    other = TlsFiles.below(tmp_path / "other")
    ensured(other, now)

    with serving(files.server) as port:
        wrong_name = visit(port, "192.168.178.26", files.ca)
    with serving(files.server) as port:
        wrong_authority = visit(port, NAMES[0], other.ca)

    assert "mismatch" in str(wrong_name)
    assert "issuer" in str(wrong_authority) or "signature" in str(wrong_authority)


@pytest.mark.parametrize("stolen_for", ["203.0.113.5", "bank.example"])
def test_with_a_stolen_key_nobody_can_pose_as_a_site_of_the_internet(files, now, tmp_path, stolen_for: str) -> None:
    ca = ensured(files, now)
    thief = Identity.from_pem(files.authority.read_bytes())
    name = x509.DNSName(stolen_for) if "bank" in stolen_for else x509.IPAddress(ipaddress.ip_address(stolen_for))
    forged = _new_server(thief, [name], now)
    (tmp_path / "forged.pem").write_bytes(forged.as_pem())

    with serving(tmp_path / "forged.pem") as port:
        refused = visit(port, stolen_for, files.ca)

    assert refused == "permitted subtree violation"
    verifier = PolicyBuilder().store(Store([ca])).time(now).build_server_verifier(name)
    with pytest.raises(VerificationError):
        verifier.verify(forged.certificate, [])


def test_the_authority_is_for_servers_only_makes_no_other_authority_and_lasts_ten_years(files, now) -> None:
    ca = ensured(files, now)

    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert ca.extensions.get_extension_for_class(x509.NameConstraints).critical
    uses = ca.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [use._name for use in uses] == ["serverAuth"]
    assert timedelta(days=3649) < ca.not_valid_after_utc - now < timedelta(days=3651)
    assert "lab-pc" in ca.subject.rfc4514_string()


def test_the_servers_certificate_is_as_short_as_apple_asks_and_never_outlives_the_authority(files, now) -> None:
    ca = ensured(files, now)
    span = server(files).not_valid_after_utc - server(files).not_valid_before_utc
    late = ca.not_valid_after_utc - timedelta(days=60)
    ensured(files, late)

    assert span <= timedelta(days=397)
    assert server(files).not_valid_after_utc == ca.not_valid_after_utc


def test_only_the_owner_can_read_the_keys(files, now) -> None:
    ensured(files, now)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in (files.authority, files.server)}
    assert modes == {0o600}
    assert b"PRIVATE KEY" not in files.ca.read_bytes()


def test_a_later_start_keeps_everything(files, now) -> None:
    ensured(files, now)
    first = [path.read_bytes() for path in (files.authority, files.ca, files.server)]

    ensured(files, now + timedelta(days=300), list(reversed(NAMES)))

    assert [path.read_bytes() for path in (files.authority, files.ca, files.server)] == first


@pytest.mark.parametrize(
    ("days", "names"), [(367, NAMES), (-2, NAMES), (0, ["192.168.178.26", "lab-pc.local"])], ids=str
)
def test_the_servers_certificate_is_renewed_when_it_ends_soon_or_not_yet_counts_or_the_address_changed(
    files, now, days: int, names: list[str]
) -> None:
    before = ensured(files, now + timedelta(days=2))
    old = server(files)

    later = now + timedelta(days=2 + days)
    after = ensured(files, later, names)

    assert server(files) != old
    assert (after == before) is (days >= 0)
    for name in names:
        subject = x509.DNSName(name) if "local" in name else x509.IPAddress(ipaddress.ip_address(name))
        verifier = PolicyBuilder().store(Store([after])).time(later).build_server_verifier(subject)
        assert verifier.verify(server(files), [])[0] == server(files)


@pytest.mark.parametrize("content", [b"", b"no certificate", b"another authority's"])
def test_a_servers_certificate_that_is_not_this_authority_s_is_made_anew(files, now, tmp_path, content) -> None:
    ca = ensured(files, now)
    if content == b"another authority's":
        other = TlsFiles.below(tmp_path / "other")
        ensured(other, now)
        content = other.server.read_bytes()
    files.server.write_bytes(content)

    ensured(files, now)

    server(files).verify_directly_issued_by(ca)
    assert files.server.read_bytes() != content


def test_a_damaged_authority_is_told_and_never_replaced(files, now) -> None:
    ensured(files, now)
    files.authority.write_bytes(b"damaged")

    with pytest.raises(DamagedAuthorityError, match="every phone has to trust a new certificate"):
        ensured(files, now)

    assert files.authority.read_bytes() == b"damaged"


def test_an_authority_that_ends_is_followed_by_a_new_one(files, now) -> None:
    old = ensured(files, now)

    new = ensured(files, now + timedelta(days=3640))

    assert new != old
    assert x509.load_pem_x509_certificate(files.ca.read_bytes()) == new
    server(files).verify_directly_issued_by(new)


def test_a_public_address_is_refused_before_anything_is_made(files, now) -> None:
    with pytest.raises(NotLocalError):
        ensured(files, now, ["203.0.113.5"])

    assert not files.authority.parent.exists()


def test_the_fingerprint_is_the_one_devices_show(files, now) -> None:
    ca = ensured(files, now)

    told = fingerprint(ca)

    assert bytes.fromhex(told.replace(":", " ")) == ca.fingerprint(hashes.SHA256())
    assert [len(group) for group in told.split()] == [23] * 4
