"""The three programs as children of `up`: their commands, what they find in their environment, when they are ready."""

import os
import socket
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from attendance_cli.folders import HOME_VARIABLE, interpreter
from attendance_cli.supervision import Program

LOOPBACK = "127.0.0.1"
_DATABASE_SECONDS = 90.0
"""After a crash the embedded database took 2 to 18 s to reopen; a slow disk is given several times that."""


def database(storage: Path, port: int) -> Program:
    """The embedded trial database: a process of its own, never imported."""
    command = [str(interpreter("database")), "-m", "secantus", "--host", LOOPBACK, "--port", str(port)]
    # Without --sync-on-commit a crash loses writes that were acknowledged.
    command += ["--storage-path", str(storage), "--sync-on-commit", "--log-level", "WARNING"]
    return Program("database", command, _common(), lambda: accepts(LOOPBACK, port), patience=_DATABASE_SECONDS)


def ml_service(port: int, key: str) -> Program:
    environment = _common() | {"HOST": LOOPBACK, "PORT": str(port), "ML_API_KEYS": key}
    command = [str(interpreter("ml")), "-m", "attendance_ml", "serve"]
    return Program("ml", command, environment, lambda: _answers_ready(LOOPBACK, port))


def backend(home: Path, host: str, port: int, *, database_uri: str, ml_port: int, key: str) -> Program:
    command = [str(interpreter("backend")), "-m", "attendance_backend", "serve"]
    environment = backend_environment(home, database_uri) | {
        "HOST": host,
        "PORT": str(port),
        "ML_SERVICE_URL": f"http://{LOOPBACK}:{ml_port}",
        "ML_SERVICE_API_KEY": key,
    }
    return Program("backend", command, environment, lambda: _answers_ready(reachable(host), port))


def backend_environment(home: Path, database_uri: str) -> dict[str, str]:
    return _common() | {HOME_VARIABLE: str(home), "MONGODB_URI": database_uri}


def reachable(host: str) -> str:
    """The address at which a server that binds to `host` answers on this machine."""
    return LOOPBACK if host in {"0.0.0.0", ""} else host


def accepts(host: str, port: int) -> bool:
    """Whether someone listens there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def can_listen(host: str, port: int) -> bool:
    """Whether a server could bind there now."""
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True


def _answers_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _common() -> dict[str, str]:
    return {"PYTHONUNBUFFERED": "1", "LOG_FORMAT": os.environ.get("LOG_FORMAT", "text")}
