"""What can go wrong with an import of photos; what is wrong with the photos is told one by one."""

from attendance_kit.errors import ServiceError


class ImportOver(ServiceError):
    status, code, title = 409, "IMPORT_OVER", "The import is over already"
