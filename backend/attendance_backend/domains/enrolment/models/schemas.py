"""The choice of a model, which outlives every ML service and is the same for all of them."""

from attendance_backend.documents import Document

ONLY = "chosen"
"""The id of the one document there is."""


class ModelChoice(Document):
    """`model` makes the vectors that are compared; of `beside` vectors are made as well, for every new photo."""

    model: str
    beside: str | None = None
