"""A real S3 server on this machine, in a process of its own; what lies in its buckets is in its memory."""

import contextlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx2
from obstore.store import S3Store

SIGNED = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
"""Enough for a server that is not told to check it."""
START_SECONDS = 60.0
REGION = "us-east-1"
FOLDER = "photos"
PAGE = 20
"""Names in one answer to a list; others give a thousand."""


@dataclass(frozen=True)
class Bucket:
    """A bucket as its server shows it, looked into past the backend."""

    http: httpx2.Client
    name: str
    store: S3Store

    @property
    def address(self) -> str:
        """Of the folder in it that photos are kept in."""
        return f"s3://{self.name}/{FOLDER}"

    def names(self) -> set[str]:
        """Of everything in the folder."""
        return {str(one["path"]) for some in self.store.list() for one in some}

    def read(self, name: str) -> bytes:
        return bytes(self.store.get(name).bytes())

    def write(self, name: str, content: bytes) -> None:
        self.store.put(name, content)

    def remove(self, name: str) -> None:
        self.store.delete(name)

    def unmake(self) -> None:
        """Remove the bucket with everything in it."""
        self.store.delete(sorted(self.names()))
        assert self.http.delete(f"/{self.name}").is_success


@dataclass(frozen=True)
class S3:
    port: int
    http: httpx2.Client

    def bucket(self) -> Bucket:
        """A new one."""
        name = uuid.uuid4().hex
        assert self.http.put(f"/{name}").is_success
        store = S3Store(
            name,
            prefix=FOLDER,
            endpoint=f"http://127.0.0.1:{self.port}",
            access_key_id="the-test",
            secret_access_key="the test's own secret",
            region=REGION,
            client_options={"allow_http": True},
        )
        return Bucket(self.http, name, store)

    @contextlib.contextmanager
    def asking_for_keys(self) -> Iterator[None]:
        """Until the block ends it refuses whoever it knows no key of, and it knows none."""
        self._free_actions("0")
        yield
        self._free_actions("inf")

    def _free_actions(self, count: str) -> None:
        assert self.http.post("/moto-api/reset-auth", content=count).is_success


@contextlib.contextmanager
def running_s3(port: int, log: Path) -> Iterator[S3]:
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "MOTO_S3_DEFAULT_MAX_KEYS": str(PAGE)}
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=environment, stdout=output, stderr=output) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": SIGNED}, timeout=20) as http,
    ):
        try:
            _wait_until_it_answers(process, http, log)
            yield S3(port, http)
        finally:
            process.kill()


def _wait_until_it_answers(process: subprocess.Popen[bytes], http: httpx2.Client, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(httpx2.TransportError):
            if http.get("/moto-api/").status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def keys(port: int) -> dict[str, str]:
    """What the environment says of the server behind a port."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "the-school",
        "AWS_SECRET_ACCESS_KEY": "the secret of the school's bucket",
        "AWS_REGION": REGION,
    }
