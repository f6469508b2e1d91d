"""What can go wrong with an Idempotency-Key."""

from attendance_kit.errors import ServiceError


class IdempotencyKeyReused(ServiceError):
    status, code, title = 422, "IDEMPOTENCY_KEY_REUSED", "This key was used for another request"


class RequestInProgress(ServiceError):
    status, code, title = 409, "REQUEST_IN_PROGRESS", "The same request is being worked on; ask again in a moment"
