"""The one document that tells of the whole database, and what brings an older database up to date."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from attendance_backend.documents import Document

FIRST_VERSION = 1
"""Of the schema, before there was a document that told."""


class Installation(Document):
    """`filled_from`: of what a restore or a copy is filling this database, until it is whole."""

    version: int
    filled_from: str | None = None


@dataclass(frozen=True)
class Migration:
    """What brings a database to a version. `run` may be cut short, done again, and done by several at once."""

    version: int
    title: str
    run: Callable[[], Awaitable[None]]
