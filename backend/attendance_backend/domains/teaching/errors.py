"""What can go wrong with subjects and rosters."""

from attendance_kit.errors import ServiceError


class SubjectCodeTaken(ServiceError):
    status, code, title = 409, "SUBJECT_CODE_TAKEN", "There is a subject with this code already"


class UnknownTeacher(ServiceError):
    status, code, title = 422, "UNKNOWN_TEACHER", "There is no user of this id"


class RosterFull(ServiceError):
    status, code, title = 409, "ROSTER_FULL", "The roster has no place left"


class UnknownStudent(ServiceError):
    status, code, title = 422, "UNKNOWN_STUDENT", "There is no student of this id who could be on a roster"
