"""Why a backup, a restore or a copy is refused."""

from attendance_kit.errors import ServiceError


class BackupExists(ServiceError):
    status, code, title = 409, "BACKUP_EXISTS", "There is a file at that place already"


class BackupUnreadable(ServiceError):
    status, code, title = 422, "BACKUP_UNREADABLE", "The backup can't be read"


class BackupMissing(ServiceError):
    status, code, title = 422, "BACKUP_MISSING", "A backup that this one builds on is missing"


class BackupApart(ServiceError):
    status, code, title = 409, "BACKUP_APART", "A backup has to lie beside the one that it builds on"


class BackupGoesOn(ServiceError):
    status, code, title = 409, "BACKUP_GOES_ON", "Another backup is being written into that folder"


class SnapshotLost(ServiceError):
    status, code, title = 503, "SNAPSHOT_LOST", "The database ended the transaction that was reading it"


class CopyDiffers(ServiceError):
    status, code, title = 500, "COPY_DIFFERS", "What was written is not what was read"


class KeysTooOld(ServiceError):
    status, code, title = 409, "KEYS_TOO_OLD", "A backup of the keys is good for seven days"
