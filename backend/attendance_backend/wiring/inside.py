"""Makes every service and flow, each with what it needs: one function an area, each building on those before."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from attendance_backend.browser import BrowserCookie
from attendance_backend.domains.attendance.flows import AttendanceFlows, RecognitionFlows
from attendance_backend.domains.attendance.queue.repository import QueueRepository
from attendance_backend.domains.attendance.queue.service import QueueService
from attendance_backend.domains.attendance.registers.flows import RegisterFlows
from attendance_backend.domains.attendance.repository import CaptureRepository, SessionRepository
from attendance_backend.domains.attendance.service import CaptureService, SessionService
from attendance_backend.domains.audit.repository import AuditRepository
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.codes.repository import CheckInRepository
from attendance_backend.domains.codes.service import CheckInService
from attendance_backend.domains.consent.repository import ConsentRepository
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.flows import EnrolmentFlows
from attendance_backend.domains.enrolment.galleries.repository import SentGalleryRepository
from attendance_backend.domains.enrolment.galleries.service import GalleryService
from attendance_backend.domains.enrolment.models.repository import ModelChoiceRepository
from attendance_backend.domains.enrolment.models.service import ModelService
from attendance_backend.domains.enrolment.photos.repository import KeptPhotoRepository
from attendance_backend.domains.enrolment.photos.service import KeptPhotoService
from attendance_backend.domains.enrolment.repository import TemplateRepository
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.excuses.repository import ExcuseRepository
from attendance_backend.domains.excuses.service import ExcuseService
from attendance_backend.domains.identity.repository import UserRepository
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.institution.repository import InstitutionRepository
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.jobs.flows import JobWorker
from attendance_backend.domains.jobs.repository import JobRepository
from attendance_backend.domains.jobs.schemas import Recurring
from attendance_backend.domains.jobs.service import JobService
from attendance_backend.domains.limits.repository import LimitRepository
from attendance_backend.domains.limits.service import LimitService
from attendance_backend.domains.lookalikes.repository import LookalikesRepository
from attendance_backend.domains.lookalikes.service import LookalikesService
from attendance_backend.domains.people.flows import PeopleFlows
from attendance_backend.domains.people.repository import GuardianRepository, StudentRepository
from attendance_backend.domains.people.service import GuardianService, PeopleService
from attendance_backend.domains.records.flows import RecordFlows
from attendance_backend.domains.records.repository import RecordRepository
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.replay.repository import AnswerRepository
from attendance_backend.domains.replay.service import ReplayService
from attendance_backend.domains.sign_ins.flows import PasswordFlows
from attendance_backend.domains.sign_ins.repository import SignInRepository
from attendance_backend.domains.sign_ins.service import SignInService
from attendance_backend.domains.tallies.faces.repository import FaceTallyRepository
from attendance_backend.domains.tallies.faces.service import FaceTallyService
from attendance_backend.domains.tallies.repository import TallyRepository
from attendance_backend.domains.tallies.service import TallyService
from attendance_backend.domains.teaching.flows import TeachingFlows
from attendance_backend.domains.teaching.repository import RosterRepository, SubjectRepository
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.service import RoomService, TimetableService
from attendance_backend.domains.webhooks.service import WebhookService
from attendance_backend.institution import Institution
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.accounts import accounts
from attendance_backend.wiring.devices import devices
from attendance_backend.wiring.exports import exports
from attendance_backend.wiring.files import files
from attendance_backend.wiring.notices import notice_log, notices
from attendance_backend.wiring.outside import Adapters
from attendance_backend.wiring.privacy import privacy
from attendance_backend.wiring.queues import queues
from attendance_backend.wiring.reembedding import reembedding
from attendance_backend.wiring.register import register
from attendance_backend.wiring.reports import reports
from attendance_backend.wiring.standing_backups import standing_backups
from attendance_backend.wiring.timetable import lessons, timetable
from attendance_backend.wiring.webhooks import webhooks

SEALED_EVERY = timedelta(seconds=5)
COMPARED_EVERY = timedelta(minutes=1)
LOADED_EVERY = timedelta(seconds=20)
TIDIED_EVERY = timedelta(seconds=30)
Area = Callable[[Adapters, BackendSettings, Services], None]


def services(outside: Adapters, settings: BackendSettings) -> Services:
    """Every service and flow of one running backend."""
    made = Services()
    for area in AREAS:
        area(outside, settings, made)
    return made


def _foundation(outside: Adapters, settings: BackendSettings, made: Services) -> None:
    """What every other area writes to or asks."""
    database, clock = outside.database, outside.clock
    made.add(BrowserCookie(settings.secure_cookies))
    audit = AuditService(AuditRepository(database), outside.transactions, clock)
    jobs = JobService(JobRepository(database), clock)
    worker = JobWorker(jobs)
    worker.add(Recurring("seal the audit log", SEALED_EVERY, audit.seal))
    made.add(audit, jobs, worker)
    made.add(ReplayService(AnswerRepository(database), outside.transactions, outside.tokens, clock))


def _institution(outside: Adapters, settings: BackendSettings, made: Services) -> None:
    """The school's settings, and where it is by them."""
    kept, clock = InstitutionRepository(outside.database), outside.clock
    institution = InstitutionService(kept, made.get(AuditService), clock, settings.time_zone)

    async def time_zone() -> ZoneInfo:
        return (await institution.settings(SYSTEM)).zone

    made.add(institution, Institution(time_zone, clock))


def _identity(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """Users, and where they are signed in."""
    database, audit, clock = outside.database, made.get(AuditService), outside.clock
    tokens, transactions = outside.tokens, outside.transactions
    identity = IdentityService(UserRepository(database), audit, outside.passwords, clock)
    limits = LimitService(LimitRepository(database), outside.address_failures, audit, tokens, transactions, clock)
    sign_ins = SignInService(SignInRepository(database), identity, audit, tokens, transactions, limits, clock)
    made.add(identity, limits, sign_ins, PasswordFlows(identity, sign_ins))


def _people(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """Students, their consent and their faces."""
    database, audit, clock = outside.database, made.get(AuditService), outside.clock
    guardians = GuardianRepository(database)
    people = PeopleService(StudentRepository(database), guardians, audit, clock)
    consent = ConsentService(ConsentRepository(database), audit, clock)
    transactions = outside.transactions
    models = ModelService(ModelChoiceRepository(database), outside.engine)
    school = made.get(InstitutionService)
    photos = KeptPhotoService(KeptPhotoRepository(database), outside.photos, school, audit, transactions, clock)
    enrolment = EnrolmentService(
        TemplateRepository(database),
        models,
        photos,
        consent,
        people,
        audit,
        outside.vault,
        outside.engine,
        transactions,
        clock,
    )
    made.get(JobWorker).add(Recurring("have the chosen model loaded", LOADED_EVERY, models.keep_loaded))
    made.get(JobWorker).add(Recurring("destroy enrolment photos", TIDIED_EVERY, photos.tidy))
    made.add(people, GuardianService(guardians, people, audit, clock), consent, models, photos, enrolment)
    cases = LookalikesRepository(database)
    lookalikes = LookalikesService(cases, enrolment, audit, outside.engine, clock)
    made.get(JobWorker).add(Recurring("compare new faces", COMPARED_EVERY, lookalikes.compare_new))
    made.add(lookalikes, GalleryService(SentGalleryRepository(database), outside.engine, clock))
    made.add(EnrolmentFlows(enrolment, models, photos, consent, people, transactions))


def _teaching(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """Subjects, their rosters, and students as those who are on them."""
    database = outside.database
    subjects, rosters = SubjectRepository(database), RosterRepository(database)
    teaching = TeachingService(subjects, rosters, made.get(AuditService), outside.clock)
    identity, people, enrolment = made.get(IdentityService), made.get(PeopleService), made.get(EnrolmentService)
    school = made.get(Institution)
    made.add(teaching, TeachingFlows(teaching, identity, people, enrolment, school))
    made.add(PeopleFlows(people, enrolment, teaching, school))


def _attendance(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """Sessions, captures, records, and recognition between them."""
    database, audit, clock = outside.database, made.get(AuditService), outside.clock
    sessions = SessionService(SessionRepository(database), audit, clock)
    captures = CaptureService(CaptureRepository(database), outside.photos, clock)
    tallies = TallyService(TallyRepository(database))
    hooks = made.get(WebhookService)
    faces = FaceTallyService(FaceTallyRepository(database))
    records = RecordService(RecordRepository(database), tallies, faces, audit, hooks, clock)
    check_ins = CheckInService(CheckInRepository(database), audit, clock)
    teaching, people, enrolment = made.get(TeachingService), made.get(PeopleService), made.get(EnrolmentService)
    excuses = ExcuseService(ExcuseRepository(database), audit, clock)
    made.add(QueueService(QueueRepository(database), captures, audit, clock))
    made.add(sessions, captures, records, tallies, faces, check_ins, excuses)
    made.add(RecordFlows(sessions, records, tallies, outside.transactions))
    institution, rules = made.get(Institution), made.get(InstitutionService)
    registers = RegisterFlows(sessions, captures, records, teaching, people, enrolment, check_ins, excuses, institution)
    timetables, rooms = made.get(TimetableService), made.get(RoomService)
    made.add(registers)
    made.add(AttendanceFlows(sessions, captures, records, teaching, registers, rules, timetables, rooms, hooks))
    made.add(
        RecognitionFlows(
            sessions,
            captures,
            teaching,
            enrolment,
            made.get(GalleryService),
            made.get(LookalikesService),
            outside.engine,
            outside.transactions,
        )
    )


AREAS: tuple[Area, ...] = (
    _foundation,
    _institution,
    webhooks,
    _identity,
    _people,
    _teaching,
    timetable,
    _attendance,
    devices,
    lessons,
    register,
    files,
    reembedding,
    notice_log,
    privacy,
    reports,
    accounts,
    notices,
    exports,
    queues,
    standing_backups,
)
