"""The application around the services: its start, its health, what works in the background, and its end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Protocol

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CollectorRegistry
from pymongo.errors import ConnectionFailure, OperationFailure
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from attendance_backend.access import check_permissions
from attendance_backend.adapters.mongo import OUT_OF_ORDER, end_left_open, reads
from attendance_backend.described import DatabaseUnavailable, NoRoom, describe_refusals
from attendance_backend.domains.attendance.flows import RecognitionFlows
from attendance_backend.domains.attendance.queue.flows import BacklogGauges
from attendance_backend.domains.attendance.queue.service import QueueService
from attendance_backend.domains.backups.standing.flows import BackupGauges
from attendance_backend.domains.backups.standing.service import StandingBackupService
from attendance_backend.domains.face_imports.flows import FaceImportFlows
from attendance_backend.domains.face_imports.routes import MOST_BYTES
from attendance_backend.domains.jobs.flows import JobWorker
from attendance_backend.domains.reembeddings.flows import ReembeddingFlows
from attendance_backend.domains.webhooks.flows import DeliveryFlows
from attendance_backend.once import REPLAYED
from attendance_backend.pages import pages
from attendance_backend.ports.clock import Clock
from attendance_backend.provide import Services, install
from attendance_backend.queue_worker import QueueWorker
from attendance_backend.room import KeepsRoom
from attendance_backend.settings import BackendSettings
from attendance_backend.uploads import ZIP
from attendance_backend.wiring.domains import ROUTES
from attendance_backend.wiring.inside import services
from attendance_backend.wiring.outside import Adapters, adapters
from attendance_backend.wiring.progress import progress
from attendance_backend.wiring.standing_backups import BackupWorker
from attendance_contract.headers import REQUEST_ID
from attendance_kit.health import Check, Health
from attendance_kit.metrics import new_registry
from attendance_kit.service import Service, announced, create_service

NAME, WORKER = "backend", "worker"
log = structlog.stdlib.get_logger(__name__)
JSON_LIMIT = 1024 * 1024
"""Bytes of JSON in a request: the largest there is names 50 teachers."""
RECOGNISING = 2
"""Captures at once that nobody waits for: more would take the ML service from those whose senders do."""
DELIVERING = 2
"""Webhooks at once: a receiver that hangs holds the others up for seconds only."""

CORS: Mapping[str, Any] = {
    "allow_methods": ["GET", "POST", "PUT", "PATCH", "DELETE"],
    "allow_headers": ["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
    "expose_headers": ["ETag", "Location", "Retry-After", REPLAYED, REQUEST_ID],
    "max_age": 600,
}
"""What other sites' pages may send and read where their origins are set; a cookie never goes along."""


class Running:
    """What health asks once the application has started; before that nothing answers."""

    outside: Adapters | None = None

    async def database_answers(self) -> bool:
        return self.outside is not None and await reads(self.outside.client)

    async def ml_service_answers(self) -> bool:
        return self.outside is not None and await self.outside.engine.is_reachable()

    async def photos_answer(self) -> bool:
        return self.outside is not None and await self.outside.photos.in_reach()


def make_app(settings: BackendSettings) -> Service:
    """The backend's application. It opens nothing before it is started.

    Raises:
        UndeclaredRouteError: a route declares no permission.
    """
    routers = [module.router for module in ROUTES]
    check_permissions(routers)
    describe_refusals(routers)
    app = _served(settings, NAME, routers, works=settings.background_work)
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.cors_origins, **CORS)
    if settings.web_root:
        web = pages(settings.web_root)
        check_permissions([web])
        # Not one of the routes: asked only when none of them knows the path, so that what is 405 to the API stays it.
        app.router.default = web

    async def no_room(scope: Scope, receive: Receive, send: Send) -> None:
        await app.renderer.render(NoRoom(headers={"Retry-After": "60"}))(scope, receive, send)

    app.add_middleware(KeepsRoom, folder=settings.smart_attendance_home, refusal=no_room)

    async def on_database_error(request: Request, error: Exception) -> Response:
        if isinstance(error, OperationFailure) and error.code not in OUT_OF_ORDER:
            return await app.renderer.on_unexpected(request, error)
        return app.renderer.render(_no_database(error))

    for failure in (ConnectionFailure, OperationFailure):
        app.add_exception_handler(failure, on_database_error)
    return app


def make_worker(settings: BackendSettings) -> Service:
    """What works in the background without serving the API: it answers health and metrics only."""
    return _served(settings, WORKER, [], works=True)


def _served(settings: BackendSettings, name: str, routers: Sequence[APIRouter], *, works: bool) -> Service:
    """A program around the services, with its health and metrics."""
    running, registry = Running(), new_registry()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with adapters(settings, registry) as outside, announced(name):
            await end_left_open(outside.client)
            running.outside = outside
            made = services(outside, settings)
            watched = progress(made, service.stopping)
            made.add(watched)
            install(app, made)
            gauges = _gauges(made, registry, outside.clock)
            async with _working([watched, *gauges, *(_workers(made) if works else [])]):
                yield

    checks = {
        "database": Check(running.database_answers),
        "ml_service": Check(running.ml_service_answers, required=False),
        "photos": Check(running.photos_answer, required=False),
    }
    release = version("attendance-backend")
    service = create_service(
        title="Smart Attendance",
        version=release,
        health=Health(name, release, checks),
        registry=registry,
        routers=routers,
        lifespan=lifespan,
        json_limit=JSON_LIMIT,
        limits={ZIP: MOST_BYTES},
    )
    return service


def _no_database(error: Exception) -> DatabaseUnavailable:
    log.warning("database_unavailable", reason=type(error).__name__)
    return DatabaseUnavailable("The database can't be reached just now; try again.", headers={"Retry-After": "5"})


class Worker(Protocol):
    async def run(self) -> None:
        """Work until cancelled."""


def _workers(made: Services) -> list[Worker]:
    recognition, imports = made.get(RecognitionFlows), made.get(FaceImportFlows)
    hooks, reembedding = made.get(DeliveryFlows), made.get(ReembeddingFlows)
    return [
        *[QueueWorker("captures", recognition.recognise_next, recognition.leftover) for _ in range(RECOGNISING)],
        QueueWorker("face imports", imports.work_on_one, imports.leftover),
        QueueWorker("re-embedding", reembedding.work_on_one, reembedding.leftover),
        *[QueueWorker("webhooks", hooks.deliver_next, hooks.leftover) for _ in range(DELIVERING)],
        made.get(JobWorker),
        made.get(BackupWorker),
    ]


def _gauges(made: Services, registry: CollectorRegistry, clock: Clock) -> list[Worker]:
    backups = made.get(StandingBackupService)
    return [
        BacklogGauges(registry, made.get(QueueService), clock),
        *([BackupGauges(registry, backups)] if backups.standing else []),
    ]


@contextlib.asynccontextmanager
async def _working(workers: Iterable[Worker]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
