"""The certificate of the secure page, made by the backend's own command. What may be certified is decided there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from attendance_cli.folders import interpreter
from attendance_cli.supervision import Run


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM: `server` holds the server's key and certificate, `ca` is who vouches for it.

    `fingerprint` is the SHA-256 of the authority's certificate, for people to compare.
    """

    server: Path
    ca: Path
    fingerprint: str


def ensure_certificate(home: Path, names: Sequence[str], run: Run) -> Certificate:
    """Make or renew what is needed in the data folder. Raises `ProgramEndedError` where a name may not be certified."""
    folder = home / "tls"
    answer = json.loads(run(lan_command("certificate", "--folder", str(folder), "--for", *names), {}, ""))
    return Certificate(Path(answer["server"]), Path(answer["ca"]), answer["fingerprint"])


def qr_code(address: str, run: Run) -> str:
    """The address drawn in half blocks, to be shown in white on black."""
    return run(lan_command("qr", address), {}, "").rstrip("\n")


def lan_command(*arguments: str) -> list[str]:
    return [str(interpreter("backend")), "-m", "attendance_backend.lan", *arguments]
