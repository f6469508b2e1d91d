"""The one place where ports meet adapters: makes the services, and the application around them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.metadata import version
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from pymongo.errors import ConnectionFailure

from attendance_backend.access import check_permissions
from attendance_backend.adapters.keys import MASTER_KEY_BYTES, MongoVault
from attendance_backend.adapters.ml import MlAddress, MlClient
from attendance_backend.adapters.mongo import (
    Client,
    Database,
    MongoTransactions,
    connect,
    ensure_indexes,
    is_reachable,
    wait_until_reachable,
)
from attendance_backend.adapters.passwords import Argon2Passwords
from attendance_backend.adapters.photos import SealedPhotos
from attendance_backend.adapters.secret_files import secret_file
from attendance_backend.adapters.tokens import MIN_SECRET_BYTES, JwtSigner
from attendance_backend.browser import BrowserCookie
from attendance_backend.domains.attendance import repository as attendance_store
from attendance_backend.domains.attendance import routes as attendance_routes
from attendance_backend.domains.attendance.flows import AttendanceFlows, RecognitionFlows, RecognitionWorker
from attendance_backend.domains.attendance.service import CaptureService, RecordService, SessionService
from attendance_backend.domains.audit import repository as audit_store
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent import repository as consent_store
from attendance_backend.domains.consent import routes as consent_routes
from attendance_backend.domains.consent.flows import ConsentFlows
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment import repository as enrolment_store
from attendance_backend.domains.enrolment import routes as enrolment_routes
from attendance_backend.domains.enrolment.flows import EnrolmentFlows
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity import repository as identity_store
from attendance_backend.domains.identity import routes as identity_routes
from attendance_backend.domains.identity.service import BrowserService, IdentityService
from attendance_backend.domains.people import repository as people_store
from attendance_backend.domains.people import routes as people_routes
from attendance_backend.domains.people.flows import PeopleFlows
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.replay import repository as replay_store
from attendance_backend.domains.replay.service import ReplayService
from attendance_backend.domains.teaching import repository as teaching_store
from attendance_backend.domains.teaching import routes as teaching_routes
from attendance_backend.domains.teaching.flows import TeachingFlows
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.institution import Institution
from attendance_backend.pages import pages
from attendance_backend.ports.clock import Clock, SystemClock
from attendance_backend.ports.store import Transactions
from attendance_backend.provide import Services, install
from attendance_backend.settings import BackendSettings
from attendance_kit.errors import ServiceError
from attendance_kit.health import Check, Health
from attendance_kit.metrics import new_registry
from attendance_kit.service import Service, announced, create_service

NAME = "backend"
JSON_LIMIT = 1024 * 1024
"""Bytes of JSON in a request: the largest there is names 50 teachers."""
STORES = (
    audit_store,
    identity_store,
    people_store,
    consent_store,
    teaching_store,
    enrolment_store,
    attendance_store,
    replay_store,
)
ROUTES = (identity_routes, people_routes, consent_routes, enrolment_routes, teaching_routes, attendance_routes)


class DatabaseUnavailable(ServiceError):
    status, code, title = 503, "DATABASE_UNAVAILABLE", "The database is out of reach"


@dataclass(frozen=True)
class Adapters:
    """Everything outside that a running backend holds."""

    client: Client
    database: Database
    transactions: Transactions
    vault: MongoVault
    photos: SealedPhotos
    engine: MlClient
    passwords: Argon2Passwords
    tokens: JwtSigner
    clock: Clock


@contextlib.asynccontextmanager
async def adapters(settings: BackendSettings) -> AsyncIterator[Adapters]:
    """Open everything outside, the database within a minute, and close it again.

    Raises:
        ConnectionFailure: there is no database.
    """
    keys = settings.smart_attendance_home / "keys"
    clock = SystemClock()
    client = connect(settings.mongodb_uri.get_secret_value())
    vault = MongoVault(client, settings.vault_database, secret_file(keys / "master.key", MASTER_KEY_BYTES))
    database = client[settings.mongodb_database]
    async with MlClient(_ml_address(settings)) as engine, contextlib.AsyncExitStack() as closing:
        closing.push_async_callback(client.close)
        closing.push_async_callback(vault.close)
        await wait_until_reachable(client)
        await vault.prepare()
        for store in STORES:
            await ensure_indexes(database, store.INDEXES)
        yield Adapters(
            client=client,
            database=database,
            transactions=MongoTransactions(client),
            vault=vault,
            photos=SealedPhotos(settings.smart_attendance_home / "photos", vault),
            engine=engine,
            passwords=Argon2Passwords(),
            tokens=JwtSigner(_token_secret(settings), clock),
            clock=clock,
        )


def _ml_address(settings: BackendSettings) -> MlAddress:
    return MlAddress(
        url=settings.ml_service_url,
        api_key=settings.ml_service_api_key.get_secret_value(),
        timeout_seconds=settings.ml_service_timeout,
        try_timeout_seconds=settings.ml_service_try_timeout,
        confident_threshold=settings.ml_confident_threshold,
        uncertain_threshold=settings.ml_uncertain_threshold,
    )


def _token_secret(settings: BackendSettings) -> bytes:
    if settings.jwt_secret:
        return settings.jwt_secret.get_secret_value().encode()
    return secret_file(settings.smart_attendance_home / "keys" / "jwt.key", MIN_SECRET_BYTES)


def services(outside: Adapters, settings: BackendSettings) -> Services:
    """Every service and flow, each with what it needs."""
    database, clock, transactions = outside.database, outside.clock, outside.transactions
    audit = AuditService(audit_store.AuditRepository(database), clock)
    users = identity_store.UserRepository(database)
    identity = IdentityService(users, audit, outside.passwords, outside.tokens, clock)
    browsers = BrowserService(identity, users, identity_store.SignInRepository(database), clock)
    replay = ReplayService(replay_store.AnswerRepository(database), transactions, outside.tokens, clock)
    people = PeopleService(people_store.StudentRepository(database), audit, clock)
    consent = ConsentService(consent_store.ConsentRepository(database), audit, clock)
    enrolment = EnrolmentService(
        enrolment_store.TemplateRepository(database),
        consent,
        people,
        audit,
        outside.vault,
        outside.engine,
        transactions,
        clock,
    )
    teaching = TeachingService(
        teaching_store.SubjectRepository(database), teaching_store.RosterRepository(database), audit, clock
    )
    sessions = SessionService(attendance_store.SessionRepository(database), audit, clock)
    captures = CaptureService(attendance_store.CaptureRepository(database), outside.photos, clock)
    records = RecordService(attendance_store.RecordRepository(database), audit, clock)
    institution = Institution(ZoneInfo(settings.time_zone), clock)
    return Services(
        BrowserCookie(settings.secure_cookies),
        institution,
        *(identity, browsers, replay, people, consent, enrolment, teaching, sessions, captures, records),
        PeopleFlows(people, enrolment),
        ConsentFlows(consent, people, enrolment),
        EnrolmentFlows(enrolment, consent, people, transactions),
        TeachingFlows(teaching, identity, people, enrolment),
        AttendanceFlows(sessions, captures, records, teaching, people, enrolment, institution),
        RecognitionFlows(sessions, captures, teaching, enrolment, outside.engine, transactions),
    )


class Running:
    """What health asks once the application has started; before that nothing answers."""

    outside: Adapters | None = None

    async def database_answers(self) -> bool:
        return self.outside is not None and await is_reachable(self.outside.client)

    async def ml_service_answers(self) -> bool:
        return self.outside is not None and await self.outside.engine.is_reachable()


def make_app(settings: BackendSettings) -> Service:
    """The backend's application. It opens nothing before it is started.

    Raises:
        UndeclaredRouteError: a route declares no permission.
    """
    running = Running()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with adapters(settings) as outside, announced(NAME):
            running.outside = outside
            made = services(outside, settings)
            install(app, made)
            async with _working(RecognitionWorker(made.get(RecognitionFlows))):
                yield

    checks = {
        "database": Check(running.database_answers),
        "ml_service": Check(running.ml_service_answers, required=False),
    }
    routers = [module.router for module in ROUTES]
    check_permissions(routers)
    release = version("attendance-backend")
    app = create_service(
        title="Smart Attendance",
        version=release,
        health=Health(NAME, release, checks),
        registry=new_registry(),
        routers=routers,
        lifespan=lifespan,
        json_limit=JSON_LIMIT,
    )
    if settings.web_root:
        web = pages(settings.web_root)
        check_permissions([web])
        # Not one of the routes: asked only when none of them knows the path, so that what is 405 to the API stays it.
        app.router.default = web
    app.add_exception_handler(ConnectionFailure, lambda _request, _error: app.renderer.render(_no_database()))
    return app


def _no_database() -> DatabaseUnavailable:
    return DatabaseUnavailable("The database can't be reached just now; try again.", headers={"Retry-After": "5"})


@contextlib.asynccontextmanager
async def _working(worker: RecognitionWorker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
