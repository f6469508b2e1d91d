"""The commands of the school's network, as they are typed."""

import json
import ssl
from hashlib import sha256
from pathlib import Path

import pytest

from .conftest import APP, command


def test_certificates_are_made_once_and_told_where_they_lie(tmp_path: Path) -> None:
    arguments = ("certificate", "--folder", str(tmp_path / "tls"), "--for", "192.168.178.25", "lab-pc.local")
    first, again = command(*arguments), command(*arguments)

    told = json.loads(first.stdout)
    der = ssl.PEM_cert_to_DER_cert(Path(told["ca"]).read_text())
    assert told["fingerprint"].replace(" ", ":") == sha256(der).digest().hex(":").upper()
    assert "PRIVATE KEY" in Path(told["server"]).read_text()
    assert (again.returncode, again.stdout) == (0, first.stdout)


def test_a_public_address_is_refused_with_status_2(tmp_path: Path) -> None:
    refused = command("certificate", "--folder", str(tmp_path / "tls"), "--for", "203.0.113.5")

    assert refused.returncode == 2
    assert refused.stderr.startswith("203.0.113.5 is a public address.")
    assert not (tmp_path / "tls").exists()


def test_a_code_is_drawn() -> None:
    assert len(command("qr", "http://192.168.178.25:8080").stdout.splitlines()) == 17


@pytest.mark.parametrize("address", ["http://192.168.178.25:8000", f"{APP}/path", "https://a@b", "https://a b"])
def test_a_doorway_leads_to_a_secure_address_or_nowhere(tmp_path: Path, address: str) -> None:
    refused = command("doorway", HTTPS_ADDRESS=address, CA_CERTIFICATE=str(tmp_path / "gone.pem"), PORT="0")

    assert refused.returncode == 2
    assert [line.split(":")[0] for line in refused.stderr.splitlines()] == ["https_address", "ca_certificate"]
    assert address not in refused.stderr
