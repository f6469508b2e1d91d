"""Refuses passwords that a guesser tries first: common ones, a common word with digits around it, one's own name.

The list is `common.bin`: sorted digests, eight bytes each, made by `scripts/common_passwords`.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from attendance_backend.domains.identity.passwords.errors import PasswordTellsWho, PasswordTooCommon

DIGEST_BYTES = 8
MIN_TELLING = 4
"""Shorter parts of names are in too many good passwords."""
MIN_DIFFERENT = 5
"""Different characters in a password: fewer are a pattern."""


def check_password(password: str, email: str, name: str) -> None:
    """Pass a password that is long enough by its type.

    Raises:
        PasswordTooCommon: it, or the one word in it, is on the list, or it repeats a few characters.
        PasswordTellsWho: it holds a part of the name or of the e-mail address.
    """
    plain = password.casefold()
    if len(set(plain)) < MIN_DIFFERENT or not _common().isdisjoint(map(digest, _guesses(plain))):
        raise PasswordTooCommon(field="password")
    if any(part in plain for part in _telling(email, name)):
        raise PasswordTellsWho(field="password")


def digest(password: str) -> bytes:
    """What the list holds of a password."""
    return hashlib.sha256(password.encode()).digest()[:DIGEST_BYTES]


def _guesses(plain: str) -> Iterator[str]:
    yield plain
    word = plain.strip("0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
    yield word


def _telling(email: str, name: str) -> Iterator[str]:
    local, _, domain = email.casefold().partition("@")
    for part in (local, domain.partition(".")[0], *name.casefold().split()):
        if len(part) >= MIN_TELLING:
            yield part


@cache
def _common() -> frozenset[bytes]:
    kept = (files(__package__) / "common.bin").read_bytes()
    return frozenset(kept[start : start + DIGEST_BYTES] for start in range(0, len(kept), DIGEST_BYTES))
