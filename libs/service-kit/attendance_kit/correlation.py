"""One id from the browser to the ML service: the request id, and the W3C trace context beside it."""

import re
import secrets

import structlog
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attendance_contract.headers import REQUEST_ID, TRACEPARENT

SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_PROPAGATOR = TraceContextTextMapPropagator()


def current_request_id() -> str | None:
    """The id of the request being worked on, None outside of one."""
    return structlog.contextvars.get_contextvars().get("request_id")


def outgoing_headers() -> dict[str, str]:
    """Headers that carry the request id and the trace on to the next service."""
    headers: dict[str, str] = {}
    if request_id := current_request_id():
        headers[REQUEST_ID] = request_id
    _PROPAGATOR.inject(headers)
    return headers


class Correlation:
    """ASGI middleware: takes over the caller's ids or makes new ones, and sends them back with every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        token = otel_context.attach(_trace_context(headers))
        trace_id = trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)
        echo = outgoing_trace()
        structlog.contextvars.clear_contextvars()
        try:
            with structlog.contextvars.bound_contextvars(request_id=request_id, trace_id=trace_id):
                await self.app(scope, receive, _echoing(send, {REQUEST_ID: request_id, TRACEPARENT: echo}))
        finally:
            otel_context.detach(token)


def outgoing_trace() -> str:
    """The current `traceparent`, for headers."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier[TRACEPARENT]


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    return given if SAFE_ID.fullmatch(given) else secrets.token_hex(16)


def _trace_context(headers: Headers) -> otel_context.Context:
    """The caller's trace, or a new one; a span that a tracing SDK records is left alone.

    A span that records nothing is no sign of one: on a kept-alive connection asyncio hands the context of the request
    before to the next one.
    """
    if trace.get_current_span().is_recording():
        return otel_context.get_current()
    received = _PROPAGATOR.extract(dict(headers), otel_context.Context())
    if trace.get_current_span(received).get_span_context().is_valid:
        return received
    begun = trace.SpanContext(trace_id=secrets.randbits(128) or 1, span_id=secrets.randbits(64) or 1, is_remote=False)
    return trace.set_span_in_context(trace.NonRecordingSpan(begun), otel_context.Context())


def _echoing(send: Send, echoed: dict[str, str]) -> Send:
    async def send_with_ids(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(echoed)
        await send(message)

    return send_with_ids
