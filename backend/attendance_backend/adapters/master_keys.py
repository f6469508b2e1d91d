"""The keys that wrap the data keys: files that only their owner can read, the newest in use, or one of a key service.

It reads and makes them. Wrapping and rewrapping is the vault's.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attendance_backend.adapters.secret_files import read_secret, secret_file
from attendance_backend.private_files import create

MASTER_KEY_BYTES = 96
"""The length that client-side field level encryption asks of a local master key."""
LOCAL, FIRST = "local", "master.key"
LATER = re.compile(r"master-(\d{1,6})\.key")


@dataclass(frozen=True)
class Masters:
    """What the driver is told: every provider whose keys may still wrap something, and the one that wraps new ones."""

    providers: Mapping[str, Any]
    current: str
    master_key: Mapping[str, Any] | None = None
    tls: Mapping[str, Any] = field(default_factory=dict)


ReadMasters = Callable[[], Masters]


def only(key: bytes) -> ReadMasters:
    """One local key that is never changed."""
    masters = Masters({LOCAL: {"key": key}}, LOCAL)
    return lambda: masters


class LocalMasters:
    """Master keys in a folder: `master.key`, and after each rotation one more, by number.

    They are looked for at every use, so that a program which runs through a rotation wraps with the new key at once.
    """

    def __init__(self, folder: Path) -> None:
        if not _numbers(folder):
            secret_file(folder / FIRST, MASTER_KEY_BYTES)
        self._folder = folder
        self._read: dict[int, bytes] = {}

    def __call__(self) -> Masters:
        numbers = _numbers(self._folder)
        self._read = {number: self._read.get(number) or self._key(number) for number in numbers}
        providers = {_provider(number): {"key": key} for number, key in self._read.items()}
        return Masters(providers, _provider(numbers[-1]))

    def add(self) -> None:
        """Make one more key; from now on it wraps what is new."""
        number = _numbers(self._folder)[-1] + 1
        create(self._path(number), secrets.token_bytes(MASTER_KEY_BYTES))

    def retire(self) -> list[str]:
        """Remove every key but the newest; the names of the files. Only for when they wrap nothing any more."""
        *old, _ = _numbers(self._folder)
        for number in old:
            self._path(number).unlink()
        return [self._path(number).name for number in old]

    def _key(self, number: int) -> bytes:
        return read_secret(self._path(number), MASTER_KEY_BYTES)

    def _path(self, number: int) -> Path:
        return self._folder / (FIRST if number == 1 else f"master-{number}.key")


def from_service(provider: str, described: Path) -> ReadMasters:
    """A key of AWS, Azure, GCP or KMIP, described by a file of JSON: `credentials`, `master_key`, and perhaps `tls`.

    The three are passed on to the driver as its documentation names them.
    """
    told = json.loads(described.read_text("utf-8"))
    tls = {provider: told["tls"]} if "tls" in told else {}
    masters = Masters({provider: told["credentials"]}, provider, told["master_key"], tls)
    return lambda: masters


def _numbers(folder: Path) -> list[int]:
    """Which keys there are, the newest last."""
    later = [int(found[1]) for path in folder.glob("master-*.key") if (found := LATER.fullmatch(path.name))]
    first = [1] if (folder / FIRST).exists() else []
    return sorted([*first, *later])


def _provider(number: int) -> str:
    return LOCAL if number == 1 else f"{LOCAL}:{number}"
