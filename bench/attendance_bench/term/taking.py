"""Takes the term through the API as a school would, by its bulk calls, and goes on where it was stopped."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import httpx2

from attendance_bench.term.plan import ZONE, Lesson, Place, Term
from attendance_cli.accounts import Account

THREADS = 4
"""Teachers who work at the same time."""
UNAUTHORISED, CONFLICT = 401, 409
PASSWORD = "a long enough password"  # noqa: S105  # of people who do not exist
REASON = "seen on the way out"


class Speaker:
    """Somebody who is signed in, and signs in again when their token has run out. One thread each."""

    def __init__(self, url: str, account: Account) -> None:
        self._account = account
        self._http = httpx2.Client(base_url=f"{url}/api/v1", timeout=60)
        self._sign_in()

    def _sign_in(self) -> None:
        given = {"email": self._account.email, "password": self._account.password}
        answer = self._http.post("/auth/sign-in", json=given).raise_for_status().json()
        self._http.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        answer = self._http.request(method, path, **options)
        if answer.status_code == UNAUTHORISED:
            self._sign_in()
            answer = self._http.request(method, path, **options)
        return answer

    def done(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer that has to be a success.

        Raises:
            RuntimeError: it is none.
        """
        answer = self.ask(method, path, **options)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def pages(self, path: str, within: str | None = None, **params: Any) -> Iterator[Any]:
        """Every row of a list, which may be one field of an answer."""
        cursor = None
        while True:
            told = self.done("GET", path, params={"limit": 200, **params, **({"cursor": cursor} if cursor else {})})
            page = told[within] if within else told
            yield from page["items"]
            if (cursor := page["next_cursor"]) is None:
                return


@dataclass
class Taken:
    """How far the term was taken: ids by number, and the lessons that are done. Kept in a file beside the data."""

    students: list[str] = field(default_factory=list)
    teachers: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    rosters: int = 0
    lessons: list[int] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0


class Kept:
    """The file that says how far the term was taken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self.taken = Taken(**json.loads(path.read_text())) if path.exists() else Taken()

    def write(self) -> None:
        with self._lock:
            partial = self._path.with_suffix(".part")
            partial.write_text(json.dumps(asdict(self.taken)))
            partial.replace(self._path)


def roll_number(student: int) -> str:
    return f"S{student:05d}"


def teacher_account(teacher: int) -> Account:
    return Account(f"teacher-{teacher:03d}@term.example", f"Teacher {teacher}", PASSWORD)


class Taking:
    """One run over the term."""

    def __init__(self, term: Term, url: str, office: Account, kept: Kept) -> None:
        self._term, self._url, self._kept = term, url, kept
        self._office = Speaker(url, office)

    def run(self) -> Taken:
        """Take what is not taken yet."""
        self._open_school()
        taken = self._kept.taken
        done = set(taken.lessons)
        waiting = [number for number in range(len(self._term.lessons)) if number not in done]
        by_teacher: dict[int, list[int]] = {}
        for number in waiting:
            by_teacher.setdefault(self._term.teacher_of(self._term.lessons[number].subject), []).append(number)
        with ThreadPoolExecutor(THREADS) as pool:
            for finished in pool.map(self._teach, by_teacher.items()):
                taken.calls += finished
                self._kept.write()
        self._kept.write()
        return taken

    def _open_school(self) -> None:
        """Settings, people, subjects and rosters."""
        taken, scale = self._kept.taken, self._term.scale
        if not taken.students:
            self._set_time_zone()
            taken.students = self._import_students(scale.students)
            self._kept.write()
        while len(taken.teachers) < scale.teachers:
            taken.teachers.append(self._hire(len(taken.teachers)))
        while len(taken.subjects) < scale.subjects:
            taken.subjects.append(self._found(len(taken.subjects)))
        for subject in range(taken.rosters, scale.subjects):
            places = [self._place(place) for place in self._term.rosters[subject]]
            self._office.done("PUT", f"/subjects/{taken.subjects[subject]}/roster", json={"students": places})
            taken.rosters += 1
        self._kept.write()

    def _set_time_zone(self) -> None:
        answer = self._office.ask("GET", "/institution")
        settings = {name: value for name, value in answer.json().items() if name != "version"}
        settings["time_zone"] = ZONE.key
        self._office.done("PUT", "/institution", json=settings, headers={"If-Match": answer.headers["ETag"]})

    def _import_students(self, count: int) -> list[str]:
        rows = "".join(f"{roll_number(number)},Student {number}\r\n" for number in range(count))
        file = ("students.csv", f"roll_number,name\r\n{rows}".encode(), "text/csv")
        self._office.done("POST", "/imports/students", files={"file": file})
        ids = {row["roll_number"]: row["id"] for row in self._office.pages("/students")}
        return [ids[roll_number(number)] for number in range(count)]

    def _hire(self, teacher: int) -> str:
        account = teacher_account(teacher)
        new = {"email": account.email, "name": account.name, "password": account.password, "role": "teacher"}
        answer = self._office.ask("POST", "/users", json=new)
        if answer.status_code == CONFLICT:
            return str(self._office.done("GET", "/users", params={"email": account.email})["items"][0]["id"])
        return str(answer.raise_for_status().json()["id"])

    def _found(self, subject: int) -> str:
        code = f"SUB-{subject:03d}"
        teacher = self._kept.taken.teachers[self._term.teacher_of(subject)]
        new = {"code": code, "name": f"Subject {subject}", "teacher_ids": [teacher]}
        answer = self._office.ask("POST", "/subjects", json=new)
        if answer.status_code == CONFLICT:
            return str(self._office.done("GET", "/subjects", params={"code": code})["items"][0]["id"])
        return str(answer.raise_for_status().json()["id"])

    def _place(self, place: Place) -> dict[str, Any]:
        days = {"joins_on": place.joins_on, "leaves_on": place.leaves_on}
        return {"student_id": self._kept.taken.students[place.student]} | {
            name: day.isoformat() for name, day in days.items() if day
        }

    def _teach(self, work: tuple[int, Sequence[int]]) -> int:
        """One teacher's lessons; how many calls that took."""
        teacher, numbers = work
        speaker, calls = Speaker(self._url, teacher_account(teacher)), 0
        for number in numbers:
            calls += self._take(speaker, self._term.lessons[number])
            self._kept.taken.lessons.append(number)
        return calls

    def _take(self, teacher: Speaker, lesson: Lesson) -> int:
        """Open, call the roll and close in one request, and correct what has to be."""
        session = self._session(teacher, lesson)
        marks = [
            {"student_id": self._kept.taken.students[student], "status": status}
            for student, status in self._term.first_word(lesson).items()
        ]
        called = teacher.ask("PUT", f"/sessions/{session}/marks", json={"marks": marks, "close": True})
        if not called.is_success and called.json()["error_code"] != "SESSION_NOT_OPEN":
            raise RuntimeError(f"roll call: {called.status_code} {called.text[:300]}")
        corrections = self._term.corrections(lesson)
        if not corrections:
            return 2
        self._correct(teacher, session, corrections)
        return 4

    def _session(self, teacher: Speaker, lesson: Lesson) -> str:
        subject = self._kept.taken.subjects[lesson.subject]
        asked = {"subject_id": subject, "date": lesson.day.isoformat(), "period": lesson.period}
        answer = teacher.ask("POST", "/sessions", json={**asked, "starts_at": lesson.starts_at.isoformat()})
        if answer.status_code != CONFLICT:
            return str(answer.raise_for_status().json()["id"])
        there = teacher.pages("/sessions", subject_id=subject, date=lesson.day.isoformat())
        return str(next(row["id"] for row in there if row["period"] == lesson.period))

    def _correct(self, teacher: Speaker, session: str, corrections: Mapping[int, str]) -> None:
        students = {self._kept.taken.students[student]: status for student, status in corrections.items()}
        records = [row for row in teacher.pages(f"/sessions/{session}/records") if row["student_id"] in students]
        wanted = [
            {"record_id": row["id"], "status": students[row["student_id"]], "reason": REASON}
            for row in records
            if row["status"] != students[row["student_id"]]
        ]
        if wanted:
            teacher.done("POST", "/records/corrections", json={"corrections": wanted})
