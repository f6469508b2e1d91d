"""What can go wrong with consent."""

from attendance_kit.errors import ServiceError


class ConsentRequired(ServiceError):
    status, code, title = 409, "CONSENT_REQUIRED", "There is no consent to face recognition on record"


class GuardianRequired(ServiceError):
    status, code, title = 422, "GUARDIAN_REQUIRED", "For a minor, a guardian has to consent"


class ConsentTextUnknown(ServiceError):
    status, code, title = 422, "CONSENT_TEXT_UNKNOWN", "No text of this version was published"


class ConsentTextTaken(ServiceError):
    status, code, title = 409, "CONSENT_TEXT_TAKEN", "There is a text of this version and language already"
