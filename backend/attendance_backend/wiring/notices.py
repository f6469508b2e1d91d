"""Makes notices: their log, which others show, and the flows that send them."""

from datetime import timedelta

from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.jobs.flows import JobWorker
from attendance_backend.domains.jobs.schemas import Recurring
from attendance_backend.domains.notices.flows import NoticeFlows, NoticeFollower
from attendance_backend.domains.notices.occasions.flows import OccasionFlows
from attendance_backend.domains.notices.recipients.service import RecipientService
from attendance_backend.domains.notices.repository import NoticeRepository, OptOutRepository
from attendance_backend.domains.notices.rules.repository import RuleRepository
from attendance_backend.domains.notices.rules.service import RuleService
from attendance_backend.domains.notices.service import NoticeService, OptOutService
from attendance_backend.domains.outbox.service import OutboxService
from attendance_backend.domains.people.service import GuardianService, PeopleService
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.reports.flows import ReportFlows
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.flows import TimetableFlows
from attendance_backend.institution import Institution
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters

RUN_EVERY = timedelta(minutes=2)
FORGOTTEN_EVERY = timedelta(hours=1)


def notice_log(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """What was sent, and who wants nothing sent."""
    audit, clock = made.get(AuditService), outside.clock
    made.add(NoticeService(NoticeRepository(outside.database), clock))
    made.add(OptOutService(OptOutRepository(outside.database), audit, outside.tokens, clock))
    made.add(RuleService(RuleRepository(outside.database), audit))


def notices(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """What sends notices, by rule and by hand."""
    log, opt_outs, outbox = made.get(NoticeService), made.get(OptOutService), made.get(OutboxService)
    people, school = made.get(PeopleService), made.get(InstitutionService)
    flows = NoticeFlows(
        made.get(RuleService),
        _occasions(made),
        log,
        opt_outs,
        people,
        made.get(TeachingService),
        outbox,
        made.get(AuditService),
        made.get(Institution),
        school,
        outside.transactions,
    )
    outbox.followers.append(NoticeFollower(log, opt_outs, made.get(RecordService)))
    made.get(JobWorker).add(Recurring("send notices", RUN_EVERY, flows.run))
    made.get(JobWorker).add(Recurring("forget old notices", FORGOTTEN_EVERY, flows.forget_old))
    made.add(flows)


def _occasions(made: Services) -> OccasionFlows:
    return OccasionFlows(
        RecipientService(made.get(GuardianService), made.get(IdentityService)),
        made.get(PeopleService),
        made.get(TeachingService),
        made.get(SessionService),
        made.get(RecordService),
        made.get(ReportFlows),
        made.get(TimetableFlows),
        made.get(InstitutionService),
    )
