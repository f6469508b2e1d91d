"""What can go wrong with naming a substitute."""

from attendance_kit.errors import ServiceError


class SubstituteNamed(ServiceError):
    status, code, title = 409, "SUBSTITUTE_NAMED", "Somebody was named for this session already"


class NoSuchLesson(ServiceError):
    status, code, title = 422, "NO_SUCH_LESSON", "Neither is a lesson planned then, nor a session open"


class NoSubstitute(ServiceError):
    status, code, title = 422, "NO_SUBSTITUTE", "Only a teacher who may sign in can stand in"
