"""Everything in one archive: the part of `inside` that makes its flow, out of nearly every service there is."""

from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.consent.texts.service import ConsentTextService
from attendance_backend.domains.corrections.service import CorrectionRequestService
from attendance_backend.domains.excuses.service import ExcuseService
from attendance_backend.domains.exports.school.flows import Calendar, Register, SchoolExport
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.people.service import GuardianService, PeopleService
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.service import HolidayService, RoomService, TermService, TimetableService
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters


def exports(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """The export of the whole school."""
    calendar = Calendar(
        made.get(TermService), made.get(HolidayService), made.get(RoomService), made.get(TimetableService)
    )
    register = Register(
        made.get(SessionService),
        made.get(RecordService),
        made.get(ExcuseService),
        made.get(CorrectionRequestService),
    )
    made.add(
        SchoolExport(
            people=made.get(PeopleService),
            guardians=made.get(GuardianService),
            identity=made.get(IdentityService),
            teaching=made.get(TeachingService),
            calendar=calendar,
            register=register,
            consent=made.get(ConsentService),
            texts=made.get(ConsentTextService),
            audit=made.get(AuditService),
            institution=made.get(InstitutionService),
            transactions=outside.transactions,
            clock=outside.clock,
        )
    )
