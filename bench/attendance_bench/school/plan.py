"""Who plays what: written by whoever founds the school, read by the scenarios, which have nothing but the standard
library and locust.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PLAN, RECORD = "SCHOOL_PLAN", "SCHOOL_RECORD"
"""Variables of the environment: the file of the plan, and that of what was answered."""
COOKIE = "attendance"
PASSWORD = "a long enough password"  # noqa: S105  # of people who do not exist


@dataclass(frozen=True)
class Player:
    """Somebody who is signed in in a browser. `own` is the student's own id; of a teacher their subject and session."""

    email: str
    cookie: str
    own: str = ""
    session: str = ""


@dataclass(frozen=True)
class Plan:
    """The school as the scenarios see it.

    `photos` are files of class photos for the sessions of `photographers`; `days` and `term` the first and last that
    reports are asked for; `within_seconds` of the first, the last student takes out their phone; in `period` the
    photographers take attendance, another each time the school is played.
    """

    url: str
    office: Player
    teachers: Sequence[Player] = ()
    photographers: Sequence[Player] = ()
    students: Sequence[Player] = ()
    photos: Sequence[str] = ()
    days: Sequence[str] = ("", "")
    term: Sequence[str] = ("", "")
    within_seconds: float = 55
    period: int = 1

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Plan":
        told = json.loads(path.read_text(encoding="utf-8"))
        groups = {name: [Player(**one) for one in told[name]] for name in ("teachers", "photographers", "students")}
        return cls(**{**told, **groups, "office": Player(**told["office"])})
