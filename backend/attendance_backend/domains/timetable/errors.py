"""What can go wrong with the calendar of a school."""

from attendance_kit.errors import ServiceError


class TermsOverlap(ServiceError):
    status, code, title = 409, "TERMS_OVERLAP", "Another term has a day of this one"


class RoomNameTaken(ServiceError):
    status, code, title = 409, "ROOM_NAME_TAKEN", "There is a room of this name already"


class TimetableClash(ServiceError):
    status, code, title = 422, "TIMETABLE_CLASH", "Two entries can fall on the same day and period"


class UnknownRoom(ServiceError):
    status, code, title = 422, "UNKNOWN_ROOM", "There is no room of this id"


class RangeTooLong(ServiceError):
    status, code, title = 422, "RANGE_TOO_LONG", "The range has more days than are planned at once"
