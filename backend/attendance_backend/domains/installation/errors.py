"""Why a program does not start on a database."""

from attendance_kit.errors import ServiceError


class DatabaseTooNew(ServiceError):
    status, code, title = 503, "DATABASE_TOO_NEW", "The database was written by a newer program"


class MigrationDue(ServiceError):
    status, code, title = 503, "MIGRATION_DUE", "The database was written by an older program: run `migrate` first"


class RestoreUnfinished(ServiceError):
    status, code, title = 503, "RESTORE_UNFINISHED", "A restore into this database was cut short: run it again"


class TargetNotEmpty(ServiceError):
    status, code, title = 409, "TARGET_NOT_EMPTY", "There is something in that database already"
