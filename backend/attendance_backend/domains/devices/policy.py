"""Keys of devices, as pure functions: what one looks like, which are good, and what becomes of them on rotation."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from attendance_backend.domains.devices.schemas import DeviceKey

PREFIX = "sadk_"
"""Tells a device's key from an access token at a look, for programs and for scanners that search for leaked secrets."""
OVERLAP = timedelta(hours=24)
"""A school day, in which somebody walks to the kiosk with the new key while the old one is still good."""
USED_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a device last asked: a write each minute instead of one each request."""
RULE = "120 per 1 minute"
"""Requests of one device: a person every two seconds, each with a photo and two looks at what became of it."""


def digest(key: str) -> str:
    """All that is kept of a key. It is long and random: nothing slower is needed against guessing."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_good(key: DeviceKey, now: datetime) -> bool:
    """Whether a key still opens something."""
    return key.ends_at is None or now < key.ends_at


def rotated(keys: Sequence[DeviceKey], new: DeviceKey, now: datetime) -> list[DeviceKey]:
    """The keys with a new one: those before it end after `OVERLAP` at the latest, those that are over are forgotten."""
    end = now + OVERLAP
    ending = [key.model_copy(update={"ends_at": min(key.ends_at or end, end)}) for key in keys if is_good(key, now)]
    return [*ending, new]


def is_stale(used_at: datetime | None, now: datetime) -> bool:
    """Whether it has to be kept that a device asks now."""
    return used_at is None or now - used_at >= USED_EVERY
