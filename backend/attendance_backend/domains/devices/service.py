"""Makes devices and their keys, ends them, and tells whose a key is. It knows no session and no photo."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.devices import policy
from attendance_backend.domains.devices.errors import DeviceRevoked, DeviceTooFast
from attendance_backend.domains.devices.repository import DeviceRepository
from attendance_backend.domains.devices.schemas import Device, DeviceKey, DeviceView, MadeKey, NewDevice
from attendance_backend.domains.identity.schemas import SYSTEM, Caller, Role
from attendance_backend.domains.timetable.service import RoomService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.limits import FailureLimit
from attendance_backend.ports.store import Transaction
from attendance_backend.ports.tokens import TokenSigner
from attendance_kit.errors import NotFound

__all__ = ["DeviceRevoked", "DeviceService", "DeviceTooFast"]
_PURPOSE = "device key"


@dataclass(frozen=True)
class DeviceService:
    devices: DeviceRepository
    rooms: RoomService
    audit: AuditService
    tokens: TokenSigner
    requests: FailureLimit
    clock: Clock

    async def make(self, caller: Caller, new: NewDevice, tx: Transaction) -> MadeKey:
        """A new device, bound to a room, with its first key.

        Raises:
            UnknownRoom: there is none of this id.
        """
        await self.rooms.check(caller, [new.room_id], tx)
        made_id, now = new_id(), self.clock.now()
        keys = [self._new_key(made_id)]
        device = Device(id=made_id, **new.model_dump(), keys=keys, made_at=now, made_by=caller.id)
        await self.devices.add(caller, device, tx)
        await self.audit.note(caller, "device made", made_id, {"room": new.room_id, "key": keys[-1].id}, tx)
        return MadeKey(device=DeviceView.model_validate(device))

    async def rotate(self, caller: Caller, device_id: str, tx: Transaction) -> MadeKey:
        """The device with another key; those before it are good for `OVERLAP` longer.

        Raises:
            NotFound: there is no such device.
            DeviceRevoked.
        """
        device = await self._device(caller, device_id, tx)
        if device.revoked_at:
            raise DeviceRevoked
        new = self._new_key(device_id)
        keys = policy.rotated(device.keys, new, self.clock.now())
        changed = await self._change(caller, device, {"keys": keys}, tx)
        await self.audit.note(caller, "device key made", device_id, {"key": new.id}, tx)
        return MadeKey(device=DeviceView.model_validate(changed))

    async def revoke(self, caller: Caller, device_id: str, tx: Transaction) -> None:
        """End every key of a device for good; one that is revoked stays so.

        Raises:
            NotFound: there is no such device.
        """
        device = await self._device(caller, device_id, tx)
        if device.revoked_at is None:
            await self._change(caller, device, {"keys": [], "revoked_at": self.clock.now()}, tx)
            await self.audit.note(caller, "device revoked", device_id, {}, tx)

    async def page(self, caller: Caller, page: PageRequest) -> Page[DeviceView]:
        return (await self.devices.page(caller, page)).map(DeviceView.model_validate)

    def with_key(self, made: MadeKey) -> MadeKey:
        """What is answered: with the newest key, which is derived anew each time, since it is kept nowhere."""
        return made.model_copy(update={"key": self._secret(made.device.id, made.device.keys[-1].id)})

    async def caller(self, given: str) -> Caller | None:
        """The device of a key, touching nothing yet. None: it is no key, or not any more."""
        if not given.startswith(policy.PREFIX):
            return None
        digest, now = policy.digest(given), self.clock.now()
        device = await self.devices.by_digest(SYSTEM, digest)
        good = device and any(key.digest == digest and policy.is_good(key, now) for key in device.keys)
        if device is None or not good:
            return None
        if policy.is_stale(device.used_at, now):
            await self.devices.used(SYSTEM, device.id, now)
        caller = Caller.without_reach(device.id, Role.DEVICE)
        return caller.in_room(device.room_id)

    async def admit(self, caller: Caller) -> None:
        """Let a device's request through.

        Raises:
            DeviceTooFast: not before the time that Retry-After tells.
        """
        if (wait := await self.requests.wait(caller.id)) > 0:
            raise DeviceTooFast(headers={"Retry-After": str(math.ceil(wait))})
        await self.requests.count(caller.id)

    async def _device(self, caller: Caller, device_id: str, tx: Transaction) -> Device:
        if found := await self.devices.by_id(caller, device_id, tx):
            return found
        raise NotFound

    async def _change(self, caller: Caller, device: Device, change: Mapping[str, Any], tx: Transaction) -> Device:
        changed = device.model_copy(update=dict(change))
        kept = changed.to_document()
        await self.devices.change(caller, device.id, {name: kept[name] for name in change}, tx)
        return changed

    def _new_key(self, device_id: str) -> DeviceKey:
        key_id = new_id()
        return DeviceKey(id=key_id, digest=policy.digest(self._secret(device_id, key_id)), made_at=self.clock.now())

    def _secret(self, device_id: str, key_id: str) -> str:
        return policy.PREFIX + self.tokens.derive(_PURPOSE, f"{device_id}\n{key_id}")
