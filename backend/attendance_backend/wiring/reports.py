"""Reports: the part of `inside` that makes their flows."""

from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.reports.downloads.flows import DownloadFlows
from attendance_backend.domains.reports.flows import ReportFlows
from attendance_backend.domains.reports.recognition.flows import QualityFlows
from attendance_backend.domains.tallies.faces.service import FaceTallyService
from attendance_backend.domains.tallies.service import TallyService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.service import TermService
from attendance_backend.institution import Institution
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters


def reports(_outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """The flows of reports, out of services made before."""
    tallies, teaching, people = made.get(TallyService), made.get(TeachingService), made.get(PeopleService)
    terms, rules = made.get(TermService), made.get(InstitutionService)
    flows = ReportFlows(tallies, teaching, people, terms, made.get(Institution), rules)
    made.add(flows, DownloadFlows(flows, made.get(RecordService)), QualityFlows(flows, made.get(FaceTallyService)))
