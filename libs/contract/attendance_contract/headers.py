"""Names of the headers that travel between the services."""

API_KEY = "X-API-Key"
REQUEST_ID = "X-Request-ID"
TRACEPARENT = "traceparent"
REQUEST_TIMEOUT_MS = "X-Request-Timeout-Ms"
"""How long the caller still waits, in milliseconds, at the moment it sends."""
