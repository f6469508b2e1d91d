"""The programs as children of `up`: commands, what they find in their environment, when they are ready and well."""

import os
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from attendance_cli.api import connect
from attendance_cli.certificate import Certificate, lan_command
from attendance_cli.database_read import reads
from attendance_cli.folders import HOME_VARIABLE, interpreter
from attendance_cli.network import LOOPBACK, reachable
from attendance_cli.supervision import Program

_DATABASE_SECONDS = 90.0
"""After a crash the embedded database took 2 to 18 s to reopen; a slow disk is given several times that."""
_REST_SECONDS = "5"
"""One backend asks this ML service, which is started again within seconds: photos need not wait for a whole minute."""
_READY, _LIVE = "/health/ready", "/health/live"
_READY_SECONDS, _WELL_SECONDS = 5.0, 30.0
"""How long an answer may take. Who misses several of the second kind is killed, so it is long for a busy machine."""


def database(storage: Path, port: int) -> Program:
    """The embedded trial database: a process of its own, never imported."""
    command = [str(interpreter("database")), "-m", "secantus", "--host", LOOPBACK, "--port", str(port)]
    # Without --sync-on-commit a crash loses writes that were acknowledged.
    command += ["--storage-path", str(storage), "--sync-on-commit", "--log-level", "WARNING"]
    return Program(
        *("database", command, _common(), lambda: reads(LOOPBACK, port, _READY_SECONDS)),
        patience=_DATABASE_SECONDS,
        is_well=lambda: reads(LOOPBACK, port, _WELL_SECONDS),
    )


def ml_service(port: int, key: str) -> Program:
    environment = _common() | {"HOST": LOOPBACK, "PORT": str(port), "ML_API_KEYS": key}
    command = [str(interpreter("ml")), "-m", "attendance_ml", "serve"]
    return _service("ml", command, environment, f"http://{LOOPBACK}:{port}")


def backend(
    home: Path,
    host: str,
    port: int,
    *,
    database_uri: str,
    ml_port: int,
    key: str,
    certificate: Certificate | None = None,
    web_root: Path | None = None,
) -> Program:
    """The backend; over TLS where it has a certificate, with the web app where that is built."""
    command = [str(interpreter("backend")), "-m", "attendance_backend", "serve"]
    environment = backend_environment(home, database_uri) | {
        "HOST": host,
        "PORT": str(port),
        "ML_SERVICE_URL": f"http://{LOOPBACK}:{ml_port}",
        "ML_SERVICE_API_KEY": key,
        "ML_SERVICE_REST": _REST_SECONDS,
    }
    if web_root:
        environment["WEB_ROOT"] = str(web_root)
    if certificate:
        environment |= {"TLS_CERTIFICATE": str(certificate.server), "TLS_KEY": str(certificate.server)}
    address, ca = backend_address(host, port, certificate), certificate.ca if certificate else None
    return _service("backend", command, environment, address, ca)


def doorway(host: str, port: int, https_address: str, ca: Path) -> Program:
    """The page that tells a phone how to trust the certificate: all that is said over plain HTTP on a network."""
    environment = _common() | {
        "HOST": host,
        "PORT": str(port),
        "HTTPS_ADDRESS": https_address,
        "CA_CERTIFICATE": str(ca),
    }
    return _service("doorway", lan_command("doorway"), environment, f"http://{reachable(host)}:{port}")


def backend_address(host: str, port: int, certificate: Certificate | None) -> str:
    """Where a backend that listens on `host` answers on this machine."""
    return f"{'https' if certificate else 'http'}://{reachable(host)}:{port}"


def backend_environment(home: Path, database_uri: str) -> dict[str, str]:
    return _common() | {HOME_VARIABLE: str(home), "MONGODB_URI": database_uri}


def _service(
    name: str, command: list[str], environment: dict[str, str], address: str, ca: Path | None = None
) -> Program:
    return Program(
        *(name, command, environment, lambda: _status(address, _READY, ca, _READY_SECONDS) == HTTPStatus.OK),
        is_well=lambda: _status(address, _LIVE, ca, _WELL_SECONDS) is not None,
    )


def _status(address: str, path: str, ca: Path | None, seconds: float) -> int | None:
    """What it answers with; None if it does not, whatever the reason."""
    try:
        with closing(connect(address, ca, seconds)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status
    except (OSError, HTTPException):
        return None


def _common() -> dict[str, str]:
    return {"PYTHONUNBUFFERED": "1", "LOG_FORMAT": os.environ.get("LOG_FORMAT", "text")}
