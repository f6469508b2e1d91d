"""What can go wrong with students."""

from attendance_kit.errors import ServiceError


class RollNumberTaken(ServiceError):
    status, code, title = 409, "ROLL_NUMBER_TAKEN", "There is a student with this roll number already"
