"""The area of the calendar: terms, holidays, rooms, and the lessons that timetables plan."""

from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.substitutions.flows import SubstitutionFlows
from attendance_backend.domains.substitutions.repository import SubstitutionRepository
from attendance_backend.domains.substitutions.service import SubstitutionService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.flows import TimetableFlows
from attendance_backend.domains.timetable.repository import DaysRepository, RoomRepository, TimetableRepository
from attendance_backend.domains.timetable.service import HolidayService, RoomService, TermService, TimetableService
from attendance_backend.institution import Institution
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters


def timetable(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """When the school teaches."""
    database, audit, clock = outside.database, made.get(AuditService), outside.clock
    terms = TermService(DaysRepository(database, "terms"), audit, clock)
    holidays = HolidayService(DaysRepository(database, "holidays"), audit, clock)
    rooms = RoomService(RoomRepository(database), audit, clock)
    school = made.get(Institution)
    made.add(terms, holidays, rooms)
    made.add(TimetableService(TimetableRepository(database), rooms, terms, holidays, school, audit))


def lessons(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """What became of each lesson, and who stands in."""
    teaching, sessions, timetables = made.get(TeachingService), made.get(SessionService), made.get(TimetableService)
    substitutions = SubstitutionService(SubstitutionRepository(outside.database), made.get(AuditService), outside.clock)
    made.add(substitutions)
    made.add(SubstitutionFlows(substitutions, sessions, teaching, timetables, made.get(IdentityService)))
    made.add(TimetableFlows(timetables, teaching, sessions, substitutions, made.get(Institution)))
