"""What can go wrong with a ZIP as a whole; what is wrong with its photos is told one by one."""

from attendance_kit.errors import ServiceError


class ArchiveUnreadable(ServiceError):
    status, code, title = 422, "ARCHIVE_UNREADABLE", "The file is no ZIP that can be read"


class ImportOver(ServiceError):
    status, code, title = 409, "IMPORT_OVER", "The import is over already"
