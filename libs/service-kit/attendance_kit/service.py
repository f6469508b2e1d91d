"""Puts a service together: FastAPI with our errors, correlation, limits, health and metrics around its routes."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from attendance_contract.errors import PROBLEM_MEDIA_TYPE, Problem
from attendance_contract.images import MAX_BODY_BYTES
from attendance_kit.bodies import BodyLimits, keep_uploads_in_memory
from attendance_kit.correlation import Correlation
from attendance_kit.errors import InvalidRequest, ProblemRenderer, RequestTooLarge, problem_responses
from attendance_kit.health import Health, health_routes
from attendance_kit.logs import configure_logs
from attendance_kit.metrics import HttpMetrics, metrics_endpoint
from attendance_kit.privacy import Private
from attendance_kit.settings import ServiceSettings

SCHEMA_REF = "#/components/schemas/{model}"
log = structlog.stdlib.get_logger(__name__)


class Service(FastAPI):
    """A FastAPI application with the kit's layers outside of everything, so that even a 500 has its request id."""

    def __init__(
        self,
        *,
        renderer: ProblemRenderer,
        registry: CollectorRegistry,
        json_limit: int,
        limits: Mapping[str, int],
        schemas: Sequence[type[BaseModel]] = (),
        **options: Any,
    ) -> None:
        super().__init__(max_body_size=MAX_BODY_BYTES, **options)
        self.json_limit = json_limit
        self.limits = limits
        self.renderer = renderer
        self.registry = registry
        self.schemas = schemas
        self.stopping = asyncio.Event()
        """Set as soon as the server is asked to end: what answers without an end ends then."""
        renderer.install(self)

    def build_middleware_stack(self) -> ASGIApp:
        app = QuietEnd(super().build_middleware_stack())
        limited = BodyLimits(app, MAX_BODY_BYTES, self.json_limit, self.limits, self._too_large)
        return Correlation(HttpMetrics(Private(limited), self.registry))

    def _too_large(self, announced: int, limit: int) -> Any:
        megabytes = limit // (1024 * 1024)
        error = RequestTooLarge(
            f"Such a request may have at most {megabytes} MB.", field="body", limit=limit, actual=announced
        )
        return self.renderer.render(error)

    def openapi(self) -> dict[str, Any]:
        """FastAPI's schema without its own 422 (validation failures are 400 here), with problems as the media type that
        they come in, and with `schemas` added.
        """
        if self.openapi_schema is None:
            schema = super().openapi()
            for operation in (operation for path in schema["paths"].values() for operation in path.values()):
                operation["responses"] = self._as_answered(operation["responses"])
            components = schema.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                components.pop(name, None)
            components.update(self._named_schemas())
        return super().openapi()

    def _as_answered(self, responses: dict[str, Any]) -> dict[str, Any]:
        problem, validation = (
            {"schema": {"$ref": SCHEMA_REF.format(model=name)}}
            for name in (self.renderer.problem.__name__, "HTTPValidationError")
        )
        for response in responses.values():
            # FastAPI tells every answer of a route as the media type of its success: of a stream, as a stream.
            if list(response.get("content", {}).values()) == [problem]:
                response["content"] = {PROBLEM_MEDIA_TYPE: problem}
        return {
            status: response
            for status, response in responses.items()
            if response.get("content") != {"application/json": validation}
        }

    def _named_schemas(self) -> dict[str, Any]:
        wanted = [(model, "validation") for model in self.schemas]
        _, definitions = models_json_schema(wanted, ref_template=SCHEMA_REF)  # type: ignore[arg-type]  # "validation" is a literal
        found: dict[str, Any] = definitions.get("$defs", {})
        return found


class QuietEnd:
    """ASGI middleware: an exception already answered and logged goes no further, so no raw trace is logged."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with contextlib.suppress(Exception):
            await self.app(scope, receive, send)


def create_service(
    *,
    title: str,
    version: str,
    health: Health,
    registry: CollectorRegistry,
    routers: Iterable[APIRouter],
    lifespan: Lifespan[Any] | None = None,
    problem: type[Problem] = Problem,
    schemas: Sequence[type[BaseModel]] = (),
    json_limit: int = MAX_BODY_BYTES,
    limits: Mapping[str, int] | None = None,
    count_problem: Callable[[str], None] | None = None,
) -> Service:
    """The application of one service.

    Args:
        title: of its OpenAPI.
        version: of the service, shown in OpenAPI and health.
        health: answers under `/health*`.
        registry: what `/metrics` shows; the service adds its own collectors to it.
        routers: the service's own routes.
        lifespan: opens what the routes need and closes it again.
        problem: the model every failure is rendered as.
        schemas: models that routes name in their OpenAPI by hand, since they read several kinds of body.
        json_limit: how many bytes a body of JSON may have, where less than for images is enough.
        limits: how many bytes bodies of other media types may have; a route that takes more than usual says so too.
        count_problem: told the error code of each failure that is answered.
    """
    keep_uploads_in_memory(MAX_BODY_BYTES)
    service = Service(
        renderer=ProblemRenderer(problem, count_problem),
        schemas=schemas,
        json_limit=json_limit,
        limits=limits or {},
        registry=registry,
        title=title,
        version=version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=problem_responses(problem, [InvalidRequest]),
    )
    service.include_router(health_routes(health))
    service.add_api_route("/metrics", metrics_endpoint(registry), include_in_schema=False)
    for router in routers:
        service.include_router(router)
    return service


@dataclass(frozen=True)
class Tls:
    """What a server shows to be who it is: a certificate with its chain, and its private key, both in PEM."""

    certificate: Path
    key: Path


def run_service(make: Callable[[], ASGIApp], settings: ServiceSettings, name: str, tls: Tls | None = None) -> None:
    """Serve until SIGTERM or SIGINT: then no new request is taken, and those under way get the grace to finish.

    With `tls` only TLS is spoken, else only plain HTTP.
    """
    configure_logs(name, settings.log_level, settings.log_format)
    app = make()
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=settings.shutdown_grace_seconds,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    _Server(config, app.stopping if isinstance(app, Service) else None).run()


class _Server(uvicorn.Server):
    """Tells the service that it stops before it waits for the requests under way."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event | None) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._stopping:
            self._stopping.set()
        await super().shutdown(sockets)


@contextlib.asynccontextmanager
async def announced(name: str) -> AsyncIterator[None]:
    """Log the start and the end of a service's life."""
    log.info("ready", service_name=name)
    try:
        yield
    finally:
        log.info("stopped", service_name=name)
