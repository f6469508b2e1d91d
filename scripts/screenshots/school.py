"""The school on the pictures: the sample class in two subjects, and a day's sessions, one of each kind."""

import itertools
from dataclasses import dataclass, field, replace
from pathlib import Path

from browser.classroom import TEACHER, Classroom, enrolled_class
from PIL import ImageFilter
from product import ADMINISTRATOR, Stack

from attendance_cli.accounts import Account
from attendance_cli.demo.attendance import ensure_teacher
from attendance_cli.site import Site
from attendance_cli.supervision import run_alone
from attendance_ml.samples import compose_class, sample_portrait

NEWCOMER = Account("newcomer@school.example", "Teacher two", "yet another long password")
PHOTO_SIZE, FACE_WIDTH = (1280, 960), 150
PHOTO_QUALITY = 45
"""Of the JPEG: at a higher one the wall's grain takes half of each picture's bytes."""
BLUR = 5.3
"""Pixels of Gaussian blur on one face of the photo: it has a similarity of 0.46 then, where 0.4 to 0.5 is to be
confirmed."""


@dataclass
class School:
    """`lessons` are the addresses of the day's sessions by what is in them; `film` is what the camera sees."""

    stack: Stack
    classroom: Classroom
    photo: Path
    film: Path
    subjects: dict[str, str] = field(default_factory=dict)
    lessons: dict[str, str] = field(default_factory=dict)
    newcomer: str = ""
    periods: "itertools.count[int]" = field(default_factory=itertools.count)

    def open_session(self, subject: str, period: int | None = None) -> str:
        """The address of a new session of today."""
        wanted = {"subject_id": self.subjects[subject], "date": self.classroom.today}
        session = self.classroom.teacher.post("/sessions", wanted | {"period": period or next(self.periods)})
        return f"/sessions/{session['id']}"

    def recognised(self, subject: str, period: int | None = None) -> str:
        """A session with its photo recognised."""
        address = self.open_session(subject, period)
        self.classroom.teacher.post_photo(f"{address}/captures", self.photo.read_bytes())
        return address

    def address_link(self) -> str:
        """Where the newcomer confirms the address that they have."""
        link = self.classroom.office.post(f"/users/{self.newcomer}/email-link", {"email": NEWCOMER.email})["link"]
        return str(link)

    def mark(self, address: str, name: str, status: str, reason: str | None = None) -> None:
        rows = self.classroom.register(address)["students"]
        student_id = next(row["student_id"] for row in rows if row["name"] == name)
        self.classroom.teacher.put(f"{address}/marks/{student_id}", {"status": status, "reason": reason})


def found_school(stack: Stack, folder: Path) -> School:
    """A school with everything a picture needs; its files lie in `folder`."""
    photo, film = folder / "class.jpg", folder / "class.mjpeg"
    compose_photo(photo)
    film.write_bytes(photo.read_bytes() * 2)
    site = Site(stack.home, stack.backend_url, stack.database_uri, run_alone)
    school = School(stack, enrolled_class(site, ADMINISTRATOR), photo, film, periods=itertools.count(4))
    office, roster = school.classroom.office, f"/subjects/{school.classroom.subject_id}/roster"
    school.newcomer = ensure_teacher(office, NEWCOMER)
    teachers = {"History": school.newcomer}
    for name in ("Physics", "Mathematics", "Chemistry", "History"):
        teacher = teachers.get(name) or ensure_teacher(office, TEACHER)
        wanted = {"code": f"{name[:3].upper()}-9", "name": name, "teacher_ids": [teacher]}
        school.subjects[name] = office.post("/subjects", wanted)["id"]
    for row, name in itertools.product(list(office.every(roster)), ("Physics", "Mathematics")):
        office.put(f"/subjects/{school.subjects[name]}/roster/{row['id']}")
    hold_lessons(school)
    return school


def compose_photo(path: Path) -> None:
    """A class of three in the public domain: one clear, one blurred, one whom nobody knows."""
    clear, blurred, stranger = (sample_portrait(name) for name in ("grace_hopper.jpg", "astronaut.png", "camera.png"))
    radius = BLUR * blurred.face.width / FACE_WIDTH
    blurred = replace(blurred, image=blurred.image.filter(ImageFilter.GaussianBlur(radius)))
    compose_class([clear, blurred, stranger], size=PHOTO_SIZE, face_width=FACE_WIDTH).save(path, quality=PHOTO_QUALITY)


def hold_lessons(school: School) -> None:
    """A session of each kind, for all pictures of it."""
    closed = school.recognised("Mathematics", 1)
    school.mark(closed, "Barack Obama", "excused", "a journey")
    for number in range(1, 8):
        school.mark(closed, f"Student {number}", "present")
    school.mark(closed, "Student 8", "late", "the bus was late")
    of_nobody = school.open_session("Chemistry", 1)
    for address in (closed, of_nobody):
        school.classroom.teacher.post(f"{address}/close")
    school.lessons |= {
        "closed": closed,
        "closed, of nobody": of_nobody,
        "recognised": school.recognised("Physics", 2),
        "empty": school.open_session("Physics", 3),
    }
