"""What can go wrong with a case."""

from attendance_kit.errors import ServiceError


class CaseResolved(ServiceError):
    status, code, title = 409, "CASE_RESOLVED", "Somebody has said what this is already"


class NotOfThisPair(ServiceError):
    status, code, title = 422, "NOT_OF_THIS_PAIR", "The student is none of the two"
