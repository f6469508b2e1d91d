"""Makes what surrounds the register: codes that a class is shown, check-ins, requests for corrections, excuses."""

from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.codes.flows import CheckInFlows, CodeFlows, OpenCodeFlows
from attendance_backend.domains.codes.repository import CodeRepository
from attendance_backend.domains.codes.service import CheckInService, CodeService
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.corrections.flows import CorrectionFlows
from attendance_backend.domains.corrections.repository import CorrectionRequestRepository
from attendance_backend.domains.corrections.service import CorrectionRequestService
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.excuses.flows import ExcuseFlows
from attendance_backend.domains.excuses.service import ExcuseService
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.institution import Institution
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters


def register(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    clock, sessions, check_ins = outside.clock, made.get(SessionService), made.get(CheckInService)
    codes = CodeService(CodeRepository(outside.database), made.get(AuditService), clock)
    made.add(codes, CodeFlows(codes, check_ins, sessions, made.get(InstitutionService), clock))
    teaching, enrolment, consent = made.get(TeachingService), made.get(EnrolmentService), made.get(ConsentService)
    made.add(CheckInFlows(codes, check_ins, sessions, teaching, enrolment, consent, outside.transactions, clock))
    made.add(OpenCodeFlows(codes, sessions, teaching, made.get(Institution)))
    audit, records = made.get(AuditService), made.get(RecordService)
    requests = CorrectionRequestService(CorrectionRequestRepository(outside.database), audit, clock)
    made.add(requests, CorrectionFlows(requests, records, sessions))
    made.add(ExcuseFlows(made.get(ExcuseService), teaching, made.get(PeopleService)))
