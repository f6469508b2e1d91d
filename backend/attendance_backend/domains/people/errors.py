"""What can go wrong with students and their guardians."""

from attendance_kit.errors import ServiceError


class RollNumberTaken(ServiceError):
    status, code, title = 409, "ROLL_NUMBER_TAKEN", "There is a student with this roll number already"


class ExternalIdTaken(ServiceError):
    status, code, title = 409, "EXTERNAL_ID_TAKEN", "There is a student with this external id already"


class TooManyGuardians(ServiceError):
    status, code, title = 409, "TOO_MANY_GUARDIANS", "The student has as many guardians as can be kept"


class AccountTaken(ServiceError):
    status, code, title = 409, "ACCOUNT_TAKEN", "This student has an account already"
