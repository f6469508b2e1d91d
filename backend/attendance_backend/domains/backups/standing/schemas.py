"""A backup that is made again and again."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from attendance_backend.domains.backups.schemas import Holds


@dataclass(frozen=True)
class Standing:
    """`arguments` are those of `backup`, which makes one into `folder`."""

    holds: Holds
    folder: Path
    every: timedelta
    arguments: tuple[str, ...]
