"""The certificate of the secure page, made by the backend's own command."""

import json
import ssl
from hashlib import sha256

import pytest

from attendance_cli.certificate import ensure_certificate, qr_code
from attendance_cli.supervision import ProgramEndedError, run_alone


def test_a_data_folder_gets_a_certificate_and_keeps_it(tmp_path) -> None:
    made = ensure_certificate(tmp_path, ["127.0.0.1"], run_alone)
    again = ensure_certificate(tmp_path, ["127.0.0.1"], run_alone)

    der = ssl.PEM_cert_to_DER_cert(made.ca.read_text())
    assert made.fingerprint.replace(" ", ":") == sha256(der).digest().hex(":").upper()
    assert made.server.parent == made.ca.parent == tmp_path / "tls"
    assert again == made


def test_a_public_address_gets_none(tmp_path, capfd) -> None:
    with pytest.raises(ProgramEndedError):
        ensure_certificate(tmp_path, ["203.0.113.5"], run_alone)

    assert "203.0.113.5 is a public address" in capfd.readouterr().err


def test_the_code_is_as_wide_in_every_line() -> None:
    lines = qr_code("http://192.168.178.25:8080", run_alone).split("\n")

    assert {len(line) for line in lines} == {33}, json.dumps(lines)
