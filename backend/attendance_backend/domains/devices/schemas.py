"""Devices and their keys as received, kept and shown. A key itself is in no document: only its digest is."""

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import GivenId, Name, Received


class NewDevice(Received):
    name: Name
    room_id: GivenId


class DeviceKey(BaseModel):
    """A key as kept; `ends_at` is None until another one takes its place."""

    model_config = ConfigDict(frozen=True)

    id: str
    digest: str
    made_at: dt.datetime
    ends_at: dt.datetime | None = None


class Device(Document):
    """A device as kept. One that is revoked has no key any more."""

    name: str
    room_id: str
    keys: list[DeviceKey]
    made_at: dt.datetime
    made_by: str
    used_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None


class DeviceKeyView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    made_at: dt.datetime
    ends_at: dt.datetime | None = Field(description="when it is good for nothing any more; null: not known yet")


class DeviceView(BaseModel):
    """A device as shown, without anything of its keys that could be used."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    room_id: str
    keys: list[DeviceKeyView]
    made_at: dt.datetime
    made_by: str
    used_at: dt.datetime | None = Field(description="when it last asked something, to the minute")
    revoked_at: dt.datetime | None


class MadeKey(BaseModel):
    """A device with its new key."""

    device: DeviceView
    key: str | None = Field(None, description="shown this once: `Authorization: Bearer` and this")
