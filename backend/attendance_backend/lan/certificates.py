"""A certificate authority of this computer alone, and the server's certificate from it. It asks nobody for the time.

The authority is made once and kept, for phones have to be told to trust it; the server's certificate comes and goes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from attendance_backend.lan.names import ALWAYS, constraints, local_name
from attendance_backend.private_files import create, replace

PRODUCT = "Smart Attendance"
AUTHORITY_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=397)
"""Apple's devices refuse what was made for longer than 398 days (support.apple.com/102028)."""
RENEWED_BEFORE = timedelta(days=30)
SLOW_CLOCKS = timedelta(days=1)
"""Certificates are good from the day before: the clock of a phone may be behind."""
_GROUP = 8


class DamagedAuthorityError(Exception):
    """The file of the authority can't be read. It is never replaced unasked: every phone would have to trust anew."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key with the certificate that is about it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def from_pem(cls, content: bytes) -> Self:
        """Raises `ValueError` when it is no such thing."""
        key = serialization.load_pem_private_key(content, password=None)
        certificate = x509.load_pem_x509_certificate(content)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise ValueError("the key and the certificate do not belong together")
        return cls(key, certificate)

    def as_pem(self) -> bytes:
        plain = serialization.NoEncryption()
        key = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        return key + self.certificate.public_bytes(serialization.Encoding.PEM)

    def is_good_at(self, now: datetime) -> bool:
        """Whether it is valid now, and for a while to come."""
        starts, ends = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        return starts <= now < ends - RENEWED_BEFORE


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The files of one folder, the authority's own (with its key) among them."""

    authority: Path
    ca: Path
    """The authority's certificate alone: what others are told to trust."""
    server: Path
    """The server's key and certificate."""

    @classmethod
    def below(cls, folder: Path) -> Self:
        return cls(folder / "authority.pem", folder / "ca.pem", folder / "server.pem")


def ensure_certificates(files: TlsFiles, names: Sequence[str], computer: str, now: datetime) -> x509.Certificate:
    """Make what is missing, no longer fits or ends soon, and return the authority's certificate.

    Args:
        files: where they lie.
        names: what the server is reached by: private addresses and names that end in .local.
        computer: what people call it, so that they can tell one authority from another in a list.
        now: the time, in UTC.

    Raises:
        NotLocalError: one of the names belongs to the internet.
        DamagedAuthorityError: the authority's file can't be read.
    """
    wanted = {local_name(name) for name in (*ALWAYS, *names)}
    authority = _ensure_authority(files.authority, computer, now)
    public = authority.certificate.public_bytes(serialization.Encoding.PEM)
    if not files.ca.exists() or files.ca.read_bytes() != public:
        replace(files.ca, public)
    if not _serves(files.server, authority, wanted, now):
        replace(files.server, _new_server(authority, wanted, now).as_pem())
    return authority.certificate


def fingerprint(certificate: x509.Certificate) -> str:
    """Its SHA-256 as devices show it, AA:BB:…, with a space after every eighth byte."""
    digest = certificate.fingerprint(hashes.SHA256())
    return " ".join(digest[start : start + _GROUP].hex(":").upper() for start in range(0, len(digest), _GROUP))


def _ensure_authority(path: Path, computer: str, now: datetime) -> Identity:
    if not path.exists():
        create(path, _new_authority(computer, now).as_pem())
    try:
        authority = Identity.from_pem(path.read_bytes())
    except ValueError as error:
        raise DamagedAuthorityError(
            f"{path} is damaged ({error}). Restore it from a backup; or delete it, and every phone has to trust a new "
            "certificate."
        ) from error
    if not authority.is_good_at(now):
        authority = _new_authority(computer, now)
        replace(path, authority.as_pem())
    return authority


def _serves(path: Path, authority: Identity, wanted: Collection[x509.GeneralName], now: datetime) -> bool:
    """Whether the file holds a certificate of this authority for exactly these names that is not about to end."""
    try:
        server = Identity.from_pem(path.read_bytes())
        server.certificate.verify_directly_issued_by(authority.certificate)
        stated = server.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return set(stated) == set(wanted) and server.is_good_at(now)


def _new_authority(computer: str, now: datetime) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    # The day tells it from one of the same computer that somebody may have trusted before.
    name = _named(f"{PRODUCT} on {computer[:30]}, {now:%Y-%m-%d}")
    builder = (
        _builder(name, name, key, now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(constraints(), critical=True)
        # Without it some systems would take its word for programs and mail as well.
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return Identity(key, builder.sign(key, hashes.SHA256()))


def _new_server(authority: Identity, names: Collection[x509.GeneralName], now: datetime) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    ca = authority.certificate
    end = min(now - SLOW_CLOCKS + SERVER_LIFE, ca.not_valid_after_utc)
    own_key = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _builder(_named(PRODUCT), ca.subject, key, now, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(sorted(names, key=str)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own_key), critical=False)
    )
    return Identity(key, builder.sign(authority.key, hashes.SHA256()))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLOW_CLOCKS)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
