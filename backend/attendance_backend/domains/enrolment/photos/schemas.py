"""A kept photo as told of; the photo itself lies sealed with its student's own key."""

from datetime import datetime

from attendance_backend.documents import Document
from attendance_contract.images import ImageFormat


class KeptPhoto(Document):
    """The photo lies in the photo store under the id of this document. `leaving`: it is to be destroyed."""

    student_id: str
    sha256: str
    media_type: ImageFormat
    at: datetime
    by: str
    leaving: bool = False
