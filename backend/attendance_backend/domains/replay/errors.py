"""What can go wrong with an Idempotency-Key."""

from attendance_kit.errors import ServiceError


class IdempotencyKeyReused(ServiceError):
    status, code, title = 422, "IDEMPOTENCY_KEY_REUSED", "This key was used for another request"
