"""What can go wrong with a file as a whole; what is wrong with its rows is told in the report."""

from attendance_kit.errors import ServiceError


class ColumnsMissing(ServiceError):
    status, code, title = 422, "COLUMNS_MISSING", "The file lacks columns"


class ColumnTwice(ServiceError):
    status, code, title = 422, "COLUMN_TWICE", "Two columns of the file mean the same"


class ImportRefused(ServiceError):
    status, code, title = 422, "IMPORT_REFUSED", "Some rows of the file can't be imported, so none was"


class ImportTooLarge(ServiceError):
    status, code, title = 422, "IMPORT_TOO_LARGE", "The file changes more than one import can"
