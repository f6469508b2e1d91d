"""What can go wrong with a change of models."""

from attendance_kit.errors import ServiceError


class ReembeddingOpen(ServiceError):
    status, code, title = 409, "REEMBEDDING_OPEN", "Another change of models is not over yet"


class ReembeddingState(ServiceError):
    status, code, title = 409, "REEMBEDDING_STATE", "The change of models is not in a state for this"


class StudentsMissing(ServiceError):
    status, code, title = 409, "STUDENTS_MISSING", "Students would not be recognised any more"
