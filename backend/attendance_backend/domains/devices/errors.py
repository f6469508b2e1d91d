"""What can go wrong with a device."""

from attendance_kit.errors import ServiceError


class DeviceRevoked(ServiceError):
    status, code, title = 409, "DEVICE_REVOKED", "The device was revoked: make a new one"


class DeviceTooFast(ServiceError):
    status, code, title = 429, "DEVICE_TOO_FAST", "The device asks too often; wait a little"
