"""What can go wrong while attendance is taken."""

from attendance_kit.errors import ServiceError


class SessionExists(ServiceError):
    status, code, title = 409, "SESSION_EXISTS", "There is a session of this subject, date and period already"


class SessionNotOpen(ServiceError):
    status, code, title = 409, "SESSION_NOT_OPEN", "The session is closed"


class SessionNotClosed(ServiceError):
    status, code, title = 409, "SESSION_NOT_CLOSED", "The session is still open"


class SessionLocked(ServiceError):
    status, code, title = 409, "SESSION_LOCKED", "The session was closed too long ago to be changed"


class CaptureNotRecognised(ServiceError):
    status, code, title = 409, "CAPTURE_NOT_RECOGNISED", "The faces of this photo are not known yet"


class StudentNotOnRoster(ServiceError):
    status, code, title = 422, "STUDENT_NOT_ON_ROSTER", "The student is not on the roster of this subject"


class PhotoNotViewableYet(ServiceError):
    status, code, title = 409, "PHOTO_NOT_VIEWABLE_YET", "The photo can be shown once it was recognised"


class PhotoGone(ServiceError):
    status, code, title = 410, "PHOTO_GONE", "The photo was erased"


class NoFaceEvidence(ServiceError):
    status, code, title = 409, "NO_FACE_EVIDENCE", "This record does not rest on a face"
