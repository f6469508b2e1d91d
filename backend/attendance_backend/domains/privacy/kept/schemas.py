"""A person as the collections name them."""

from collections.abc import Mapping
from dataclasses import dataclass

from attendance_backend.kept import Whose


@dataclass(frozen=True)
class Named:
    """A student by everything that names them; what they have not is left out."""

    by: Mapping[Whose, tuple[str, ...]]


Old = Mapping[str, tuple[str, ...]]
"""The ids of documents that have been kept long enough, by their collection."""
