"""The sample class of one teacher, enrolled through the public API as an office would, and what its photo shows."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from PIL import ImageFilter

from attendance_cli.accounts import Account
from attendance_cli.api import Api
from attendance_cli.demo.attendance import ensure_teacher, prepare
from attendance_cli.demo.classes import DemoClass
from attendance_cli.demo.story import compose_sample
from attendance_cli.site import Site
from attendance_ml.samples import compose_class, sample_portrait

TEACHER = Account("one@school.example", "Teacher one", "a long enough password")
COLLEAGUE = Account("other@school.example", "Teacher other", "quite a long password")
STRANGER = "Unknown person"
LAST_PERIOD = 24
PATIENCE_SECONDS = 60
NEVER_PHOTOGRAPHED = 9
"""Students without a photo: with them the roster is longer than a phone's screen, and worth searching."""
BLUR = 6.2
"""Pixels. At it, one of the three faces is just no longer known for sure: of similarity 0.44, where 0.4 to 0.5 is to be
confirmed."""


@dataclass(frozen=True)
class Classroom:
    """A teacher with one subject, its roster, and a photo of some of them and of strangers."""

    office: Api
    teacher: Api
    subject_id: str
    people: DemoClass
    periods: "count[int]"

    @property
    def photo(self) -> Path:
        return self.people.photo

    @property
    def shown(self) -> list[str]:
        """Who is enrolled and on the photo."""
        on_photo = {face.person for face in self.people.faces}
        return [person.name for person in self.people.people if person.name in on_photo]

    @property
    def missing(self) -> str:
        """Who is enrolled and not on the photo."""
        return next(person.name for person in self.people.people if person.name not in self.shown)

    @property
    def summary(self) -> str:
        """What the page says of the photo, once it is recognised."""
        faces, named = len(self.people.faces), len(self.shown)
        return f"{faces} faces: {named} named, {faces - named} unknown."

    def open_session(self, subject_id: str | None = None) -> str:
        """The address of a new session of today, late in the day: the pages propose the first free period."""
        wanted = {"subject_id": subject_id or self.subject_id, "date": self.today, "period": next(self.periods)}
        return f"/sessions/{self.teacher.post('/sessions', wanted)['id']}"

    @property
    def today(self) -> str:
        day: str = self.teacher.get("/me")["institution"]["today"]
        return day

    def register(self, address: str) -> Mapping[str, Any]:
        """What the backend says of the session with that address."""
        found: Mapping[str, Any] = self.teacher.get(f"{address}/register")
        return found

    def captures(self, address: str) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.register(address)["captures"]
        return found

    def wait_for_capture(self, address: str) -> None:
        """Return once a photo of the session has arrived, recognised or not."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.captures(address):
            assert time.monotonic() < deadline, "no photo arrived"
            time.sleep(0.05)

    def statuses(self, address: str) -> dict[str, str]:
        """Each student's status in the register, by name."""
        return {row["name"]: row["status"] for row in self.register(address)["students"]}


def enrolled_class(site: Site, administrator: Account) -> Classroom:
    """The teacher with the sample class, and a colleague who teaches nothing."""
    people = compose_sample(site)
    office = site.api().sign_in(administrator.email, administrator.password)
    ensure_teacher(office, COLLEAGUE)
    subject_id, refused = prepare(office, people, ensure_teacher(office, TEACHER), lambda _said: None)
    assert not refused
    for number in range(1, NEVER_PHOTOGRAPHED + 1):
        student = office.post("/students", {"roll_number": f"R{number:02}", "name": f"Student {number}"})
        office.put(f"/subjects/{subject_id}/roster/{student['id']}")
    teacher = site.api().sign_in(TEACHER.email, TEACHER.password)
    return Classroom(office, teacher, subject_id, people, count(LAST_PERIOD, -1))


def write_hasty_photo(path: Path) -> str:
    """Write a blurred photo with a face of each kind: named, to be confirmed, unknown. What the page says of it."""
    portraits = [sample_portrait(name) for name in ("obama.jpg", "grace_hopper.jpg", "biden.jpg")]
    composed = compose_class(portraits, size=(1280, 960), face_width=150)
    composed.image.filter(ImageFilter.GaussianBlur(BLUR)).save(path, "JPEG")
    return "3 faces: 1 named, 1 to confirm, 1 unknown."
