"""The area of devices: their keys, and what a kiosk does with one."""

from attendance_backend.domains.attendance.flows import RecognitionFlows
from attendance_backend.domains.attendance.kiosk.flows import KioskFlows
from attendance_backend.domains.attendance.service import CaptureService, SessionService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.devices.repository import DeviceRepository
from attendance_backend.domains.devices.service import DeviceService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.service import RoomService
from attendance_backend.institution import Institution
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters


def devices(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """Kiosks."""
    rooms, audit = made.get(RoomService), made.get(AuditService)
    kept = DeviceRepository(outside.database)
    known = DeviceService(kept, rooms, audit, outside.tokens, outside.device_requests, outside.clock)
    sessions, captures, recognition = made.get(SessionService), made.get(CaptureService), made.get(RecognitionFlows)
    teaching, school = made.get(TeachingService), made.get(Institution)
    made.add(known, KioskFlows(known, sessions, captures, recognition, teaching, rooms, school))
