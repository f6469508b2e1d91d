"""An audit entry as kept."""

from datetime import datetime

from attendance_backend.documents import Document


class AuditEntry(Document):
    """One thing done. `details` names what changed, never a face, a vector or a password."""

    at: datetime
    actor_id: str
    actor_role: str
    action: str
    target_id: str
    details: dict[str, str | int | bool | None]
    request_id: str | None
    sealed: bool = False
