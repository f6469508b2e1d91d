"""Reports: the part of `inside` that makes their flows."""

from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.reports.completion.flows import CompletionFlows
from attendance_backend.domains.reports.downloads.flows import DownloadFlows
from attendance_backend.domains.reports.flows import ReportFlows
from attendance_backend.domains.reports.groups.flows import GroupFlows
from attendance_backend.domains.reports.recognition.flows import QualityFlows
from attendance_backend.domains.reports.sessions.flows import SessionReportFlows
from attendance_backend.domains.reports.terms.flows import TermFlows
from attendance_backend.domains.substitutions.service import SubstitutionService
from attendance_backend.domains.tallies.faces.service import FaceTallyService
from attendance_backend.domains.tallies.service import TallyService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.service import TermService, TimetableService
from attendance_backend.institution import Institution
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters


def reports(_outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """The flows of reports, out of services made before."""
    tallies, teaching, people = made.get(TallyService), made.get(TeachingService), made.get(PeopleService)
    terms, rules = made.get(TermService), made.get(InstitutionService)
    timetables = made.get(TimetableService)
    flows = ReportFlows(tallies, teaching, people, terms, timetables, made.get(Institution), rules)
    made.add(flows, DownloadFlows(flows, made.get(RecordService)), QualityFlows(flows, made.get(FaceTallyService)))
    made.add(GroupFlows(flows), TermFlows(flows))
    sessions, stand_ins = made.get(SessionService), made.get(SubstitutionService)
    made.add(SessionReportFlows(flows, sessions, made.get(RecordService), made.get(Institution)))
    made.add(CompletionFlows(flows, timetables, sessions, stand_ins, made.get(IdentityService), made.get(Institution)))
