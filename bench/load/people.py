"""Who a school's morning is made of, with what each does and how often: four calls of five only read.

Weights are shares of what one person does. Everybody thinks half a minute on average between two things they do, and
comes at some moment of the first half minute: nobody's bell makes a thousand people click at once.
"""

import random
import time
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from locust import between, constant, task

from attendance_bench.school.plan import COOKIE, PASSWORD
from load.school import SCHOOL, Browser, succeeded

THINKS, COME_WITHIN_SECONDS = between(10, 50), 30
FIRST_DAY, LAST_DAY = SCHOOL.days
STATUSES = ("present", "late", "absent")
OFFICE = 5
"""People in it, however large the school: they share an account here, and who signs in too often has to wait."""
PHOTOS_A_SESSION, LOOKS_EVERY_SECONDS, LOOKS = 4, 0.5, 120
WAITING = ("received", "leased")
PHOTO = Path(SCHOOL.photos[0]).read_bytes() if SCHOOL.photos else b""
_LESSONS = count(1)
_PHOTO_NUMBERS = count(1)


class Person(Browser):
    """Somebody who does one thing after another, and signs in now and then: a browser forgets, a lesson begins."""

    abstract = True
    wait_time = THINKS

    def on_start(self) -> None:
        super().on_start()
        time.sleep(random.uniform(0, COME_WITHIN_SECONDS))

    def sign_in(self) -> None:
        given = {"email": self.me.email, "password": PASSWORD}
        self.cookie = ""  # in a browser that nobody has signed in yet: what others share goes on
        if succeeded(self.call("POST", "/auth/browser", json=given)):
            kept = {one.name: one.value for one in self.client.cookiejar}
            self.cookie = kept.get(COOKIE) or ""

    @task(1)
    def arrive(self) -> None:
        self.sign_in()
        self.call("GET", "/me")

    @task(1)
    def who_am_i(self) -> None:
        self.call("GET", "/me")


class Teacher(Person):
    """Looks at the day and at a class, and marks somebody by hand."""

    people = SCHOOL.teachers
    weight = 3

    @task(3)
    def day(self) -> None:
        self.call("GET", "/sessions/overview")

    @task(4)
    def register(self) -> None:
        self.call("GET", f"/sessions/{self.me.session}/register", "/sessions/…/register")

    @task(1)
    def roster(self) -> None:
        self.call("GET", f"/subjects/{self.me.own}/roster?on={LAST_DAY}", "/subjects/…/roster")

    @task(1)
    def report(self) -> None:
        asked = f"/reports/subjects/{self.me.own}?from={FIRST_DAY}&to={LAST_DAY}"
        self.call("GET", asked, "/reports/subjects/…")

    @task(5)
    def mark(self) -> None:
        """The register is there, since its page is."""
        pupils = [one.own for one in SCHOOL.students if one.session == self.me.session]
        path = f"/sessions/{self.me.session}/marks/{random.choice(pupils)}"
        self.insist("PUT", path, "/sessions/…/marks/…", json={"status": random.choice(STATUSES)})


class Student(Person):
    """Looks up their own week, records and figures."""

    people = SCHOOL.students
    weight = 6

    @task(3)
    def week(self) -> None:
        self.call("GET", f"/timetable?from={LAST_DAY}&to={LAST_DAY}", "/timetable")

    @task(3)
    def records(self) -> None:
        self.call("GET", f"/students/{self.me.own}/records?sort=-date", "/students/…/records")

    @task(2)
    def report(self) -> None:
        self.call("GET", f"/reports/students/{self.me.own}?from={FIRST_DAY}&to={LAST_DAY}", "/reports/students/…")

    @task(2)
    def open_codes(self) -> None:
        self.call("GET", "/check-ins/open")


class Office(Person):
    """Looks for a student, at who is at risk, and at what was done."""

    people = (SCHOOL.office,)
    fixed_count = OFFICE

    @task(4)
    def students(self) -> None:
        self.call("GET", f"/students?name=Student {random.randint(1, 9)}", "/students?name=")

    @task(2)
    def at_risk(self) -> None:
        self.call("GET", f"/reports/at-risk?from={FIRST_DAY}&to={LAST_DAY}", "/reports/at-risk")

    @task(2)
    def audit(self) -> None:
        self.call("GET", "/audit")


class Photographer(Browser):
    """Takes the attendance of one class after the other by photos, without a pause: two of them keep the ML busy."""

    people = SCHOOL.photographers
    fixed_count = len(SCHOOL.photographers)
    wait_time = constant(0)

    @task
    def take(self) -> None:
        """A session, its photos, a face decided by hand, and the class closed."""
        day = date.fromisoformat(LAST_DAY) - timedelta(days=next(_LESSONS))
        asked = {"subject_id": self.me.own, "date": f"{day}", "period": SCHOOL.period, "starts_at": f"{day}T08:00:00Z"}
        opened = self.insist("POST", "/sessions", "/sessions", json=asked)
        if not succeeded(opened):
            return
        path = f"/sessions/{opened.json()['id']}"
        for _ in range(PHOTOS_A_SESSION):
            self.photograph(path)
        self.insist("POST", f"{path}/close", "/sessions/…/close")

    def photograph(self, path: str) -> None:
        """A photo, waited for until it is recognised, and its first face decided by hand."""
        # The same bytes would be the same capture; what follows a JPEG's end changes its digest and nothing else.
        photo = PHOTO + str(next(_PHOTO_NUMBERS)).encode()
        kind = {"Content-Type": "application/octet-stream"}
        capture = self.insist("POST", f"{path}/captures", "/sessions/…/captures", data=photo, headers=kind)
        for _ in range(LOOKS):
            if not succeeded(capture) or capture.json()["state"] not in WAITING:
                break
            time.sleep(LOOKS_EVERY_SECONDS)
            capture = self.call("GET", f"/captures/{capture.json()['id']}", "/captures/…")
        if succeeded(capture) and capture.json()["faces"]:
            decided = {"student_id": capture.json()["faces"][0]["student_id"]}
            self.insist("PUT", f"/captures/{capture.json()['id']}/faces/0", "/captures/…/faces/…", json=decided)
