"""A gallery as it was sent: who is in it, and nothing of their faces."""

from datetime import datetime

from attendance_backend.documents import Document


class SentGallery(Document):
    """The database forgets it once the ML service has."""

    student_ids: list[str]
    sent_at: datetime
