"""What can go wrong with consent."""

from attendance_kit.errors import ServiceError


class ConsentRequired(ServiceError):
    status, code, title = 409, "CONSENT_REQUIRED", "There is no consent to face recognition on record"


class GuardianRequired(ServiceError):
    status, code, title = 422, "GUARDIAN_REQUIRED", "For a minor, a guardian has to consent"
