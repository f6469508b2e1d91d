"""The calls that a school makes most, by the flows of the product: who makes each, and with what."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from attendance_bench.term.speaking import PASSWORD, Speaker, teacher_account
from attendance_cli.accounts import Account

STUDENT = Account("student@term.example", "A student", PASSWORD)
REASON = "seen on the way out"
STARTS_AT = dt.time(8, tzinfo=dt.UTC)
PERIOD = 9
"""No lesson of the term lies in it."""


@dataclass(frozen=True)
class Call:
    """`make` is given the number of the try, from 0, and what the tries before left in the school."""

    title: str
    make: Callable[[int], Any]


class School:
    """A school with its records, and three people in it: the office, a teacher, and a student of theirs."""

    def __init__(self, url: str, office: Account) -> None:
        self.office = Speaker(url, office)
        self.teacher_account = teacher_account(0)
        self.teacher = Speaker(url, self.teacher_account)
        self.subject = str(self.teacher.done("GET", "/subjects")["items"][0]["id"])
        days = sorted(row["date"] for row in self.teacher.pages("/sessions", subject_id=self.subject))
        self.first, self.last = dt.date.fromisoformat(days[0]), dt.date.fromisoformat(days[-1])
        roster = self.teacher.pages(f"/subjects/{self.subject}/roster", on=self.last)
        self.on_roster = [str(row["id"]) for row in roster]
        self.student = self._student(url)
        self.opened: list[str] = []

    def _student(self, url: str) -> Speaker:
        asked = {"email": STUDENT.email, "role": "student", "student_id": self.on_roster[0]}
        secret = self.office.done("POST", "/invitations", json=asked)["link"].partition("#")[2]
        accepted = {"secret": secret, "name": STUDENT.name, "password": STUDENT.password}
        self.office.done("POST", "/invitations/accept", json=accepted)
        return Speaker(url, STUDENT)

    def sign_in(self, _number: int) -> Any:
        given = {"email": self.teacher_account.email, "password": self.teacher_account.password}
        return self.teacher.done("POST", "/auth/sign-in", json=given)

    def open_session(self, number: int) -> None:
        """A session of its own for each try, on days behind the term."""
        day = self.last + dt.timedelta(days=1 + number)
        asked = {"subject_id": self.subject, "date": day.isoformat(), "period": PERIOD}
        starts_at = dt.datetime.combine(day, STARTS_AT).isoformat()
        made = self.teacher.done("POST", "/sessions", json={**asked, "starts_at": starts_at}, key=f"open {number}")
        self.opened.append(str(made["id"]))

    def call_roll(self, number: int) -> Any:
        marks = [{"student_id": student, "status": "present"} for student in self.on_roster]
        path = f"/sessions/{self.opened[number]}/marks"
        return self.teacher.done("PUT", path, json={"marks": marks}, key=f"roll {number}")

    def close(self, number: int) -> Any:
        return self.teacher.done("POST", f"/sessions/{self.opened[number]}/close", key=f"close {number}")

    def correct(self, number: int) -> Any:
        record = self.teacher.done("GET", f"/sessions/{self.opened[number]}/records")["items"][0]["id"]
        wanted = [{"record_id": record, "status": "absent", "reason": REASON}]
        path = "/records/corrections"
        return self.teacher.done("POST", path, json={"corrections": wanted}, key=f"correct {number}")

    def get(self, who: Speaker, path: str, **params: Any) -> Callable[[int], Any]:
        return lambda _number: who.ask("GET", path, params=params)

    def second_page(self, who: Speaker, path: str, **params: Any) -> Callable[[int], Any]:
        cursor = who.done("GET", path, params=params)["next_cursor"]
        return self.get(who, path, **params, cursor=cursor)


def used_calls(school: School) -> Iterator[Call]:
    """The twenty most used, in the order of a school's day."""
    teacher, student, office = school.teacher, school.student, school.office
    subject, own = school.subject, school.on_roster[0]
    term = {"from": school.first, "to": school.last}
    week = {"from": school.last - dt.timedelta(days=6), "to": school.last}
    yield Call("sign in", school.sign_in)
    yield Call("who am I", school.get(teacher, "/me"))
    yield Call("a teacher's day", school.get(teacher, "/sessions/overview", date=school.last))
    yield Call("a teacher's week", school.get(teacher, "/timetable", **week))
    yield Call("own subjects", school.get(teacher, "/subjects"))
    yield Call("a roster", school.get(teacher, f"/subjects/{subject}/roster", on=school.last))
    yield Call("open a session", school.open_session)
    yield Call("its register", lambda number: teacher.ask("GET", f"/sessions/{school.opened[number]}/register"))
    yield Call("call the roll", school.call_roll)
    yield Call("close it", school.close)
    yield Call("a correction, its records first", school.correct)
    yield Call("a subject's sessions, page 2", school.second_page(teacher, "/sessions", subject_id=subject))
    yield Call("own records, page 2", school.second_page(student, f"/students/{own}/records", sort="-date"))
    yield Call("own report over the term", school.get(student, f"/reports/students/{own}", **term))
    yield Call("a subject's report over the term", school.get(teacher, f"/reports/subjects/{subject}", **term))
    yield Call("at risk in the school, over the term", school.get(office, "/reports/at-risk", **term))
    yield Call("the school's report over the term", school.get(office, "/reports/school", **term))
    yield Call("students by name, page 2", school.second_page(office, "/students", sort="name", name="Student 5"))
    yield Call("the audit log, page 2", school.second_page(office, "/audit"))
    yield Call("all rosters as CSV", school.get(office, "/exports/rosters.csv"))
