"""Brings a file from a web server, going on where an earlier try broke off. It does not judge what it brought."""

import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

import httpx2

from attendance_ml.faces.models.sources import Address, RemoteFile

CONNECT_SECONDS = 3.0
"""Closed machines drop packets silently: whoever has not answered by then is passed over."""
_SILENCE_SECONDS = 30.0

Report = Callable[[int], None]
"""Called with the number of bytes there are so far."""


class UnreachableError(Exception):
    """A source gave no file; the text says why."""


def part_path(file: RemoteFile, folder: Path) -> Path:
    return folder / f"{file.filename}.part"


def download(file: RemoteFile, address: Address, folder: Path, report: Report) -> Path:
    """Return the path of the `.part` file once it has all bytes that the server would give.

    Raises `UnreachableError`; what had arrived of a transfer that broke off stays in the `.part` file, and any address
    of the same file can complete it.
    """
    part = part_path(file, folder)
    url = httpx2.URL(address.url)
    if not _resolves(url):
        raise UnreachableError(f"the name {url.host} was not found within {CONNECT_SECONDS:.0f} s")
    try:
        _transfer(file, url, part, report)
    except httpx2.HTTPError as error:
        raise UnreachableError(f"{type(error).__name__}: {error}".rstrip(": ")) from error
    if (sent := part.stat().st_size) < file.size:
        part.unlink()  # all that it had to say, so a page or a pointer: no beginning of the file
        raise UnreachableError(f"sent {sent:,} of {file.size:,} bytes")
    return part


def _transfer(file: RemoteFile, url: httpx2.URL, part: Path, report: Report) -> None:
    there = part.stat().st_size if part.exists() else 0
    if there >= file.size:
        return
    timeout = httpx2.Timeout(_SILENCE_SECONDS, connect=CONNECT_SECONDS)
    # A compressed transfer would have other byte positions than the file.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    with httpx2.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as response:
        if response.status_code not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            raise UnreachableError(f"answered {response.status_code} {response.reason_phrase}".strip())
        resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
        _append(response, part, there if resumed else 0, file.size, report)


def _append(response: httpx2.Response, part: Path, there: int, limit: int, report: Report) -> None:
    with part.open("ab") as stream:
        stream.truncate(there)
        for chunk in response.iter_raw():
            stream.write(chunk)
            there += len(chunk)
            report(there)
            if there > limit:
                # The checksum will refuse it; a server that never ends must not fill the disk first.
                return


def _resolves(url: httpx2.URL) -> bool:
    """Whether the host's name is found in time. A look-up ignores every timeout of the client, and can take minutes."""
    if url.scheme in getproxies() and not proxy_bypass(url.host):
        return True  # then the proxy looks it up
    found = threading.Event()

    def look_up() -> None:
        try:
            socket.getaddrinfo(url.host, url.port)
        except OSError:
            return
        found.set()

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    return found.is_set()
