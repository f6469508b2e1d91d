"""Prometheus metrics of the HTTP layer, and the page they are read from. Labels hold route templates, never ids."""

import time
from collections.abc import Awaitable, Callable
from http import HTTPMethod

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
UNMATCHED = "unmatched"
METHODS = frozenset(HTTPMethod)
OTHER = "other"
"""Anybody may send any word as a method: as labels they would fill the memory."""
QUIET = frozenset(["/health", "/health/live", "/health/ready", "/metrics"])
log = structlog.stdlib.get_logger("attendance.access")


def new_registry() -> CollectorRegistry:
    """A registry of the service's own, with the process's memory, CPU and file handles."""
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


class HttpMetrics:
    """ASGI middleware: counts and times each request by route template, and writes the access log line."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        labels = ("method", "route", "status")
        self.requests = Counter("http_requests_total", "Requests answered.", labels, registry=registry)
        self.seconds = Histogram(
            "http_request_duration_seconds", "Time to answer.", labels[:2], registry=registry, buckets=SECONDS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_template(scope)
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self.requests.labels(method, route, status).inc()
        self.seconds.labels(method, route).observe(seconds)
        if route not in QUIET:
            log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def route_template(scope: Scope) -> str:
    """The whole path template of the route that answered, prefixes of nested routers included.

    A nested router's route knows its own part only; FastAPI keeps the whole beside it.
    """
    whole = scope.get("fastapi", {}).get("effective_route_context")
    return str(getattr(whole or scope.get("route"), "path", UNMATCHED))


def metrics_endpoint(registry: CollectorRegistry) -> Callable[[], Awaitable[Response]]:
    """`GET /metrics` as Prometheus text."""

    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return metrics
