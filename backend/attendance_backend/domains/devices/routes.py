"""Devices: made, given new keys and revoked by the office."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.devices.errors import DeviceRevoked
from attendance_backend.domains.devices.schemas import DeviceView, MadeKey, NewDevice
from attendance_backend.domains.devices.service import DeviceService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.timetable.service import UnknownRoom
from attendance_backend.once import Complete, Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/devices", tags=["devices"])
Devices = Annotated[DeviceService, Depends(provided(DeviceService))]
Keeper = Annotated[Caller, allowed(Permission.MANAGE_SCHOOL)]


def _shown(devices: DeviceService) -> Complete:
    """Adds the key, which no kept answer holds."""
    return lambda answer: devices.with_key(MadeKey.model_validate_json(answer))


@router.post("", status_code=201, response_model=MadeKey, responses=problem_responses(Problem, [UnknownRoom]))
async def make_device(new: NewDevice, caller: Keeper, devices: Devices, once: Once) -> Response:
    """Make a device for a room. Its key is shown this once."""
    return await once(caller, lambda tx: devices.make(caller, new, tx), complete=_shown(devices))


@router.get("")
async def devices(caller: Keeper, devices: Devices, page: AskedPage) -> Page[DeviceView]:
    return await devices.page(caller, page)


@router.post(
    "/{device_id}/keys",
    status_code=201,
    response_model=MadeKey,
    responses=problem_responses(Problem, [NotFound, DeviceRevoked]),
)
async def rotate_key(device_id: str, caller: Keeper, devices: Devices, once: Once) -> Response:
    """Give the device another key, shown this once. The one before is good for a day longer."""
    return await once(caller, lambda tx: devices.rotate(caller, device_id, tx), complete=_shown(devices))


@router.delete("/{device_id}", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def revoke_device(device_id: str, caller: Keeper, devices: Devices, once: Once) -> Response:
    """Revoke the device: from its next request on it is nobody, whichever key it has."""
    return await once(caller, lambda tx: devices.revoke(caller, device_id, tx))
