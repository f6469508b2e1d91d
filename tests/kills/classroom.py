"""Eight teachers, two to a subject, who take attendance of the same sessions at once, each by a seed of its own."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any, Protocol

import httpx2
from kills.asking import Answered, Asker, Ledger
from product import ADMINISTRATOR, Stack, sign_in
from school import add_student

SUBJECTS, TEACHERS_EACH = 4, 2
FIRST_DAY = date(2026, 11, 2)
PERIODS = 3
STATUSES = ("present", "late", "absent", "excused")
PASSWORD = "a long enough password"
WEIGHTS = {
    "photograph": 4,
    "mark": 4,
    "decide": 3,
    "correct": 4,
    "close": 2,
    "roll_call": 1,
    "reopen": 2,
    "remove": 1,
    "begin": 1,
}


class Camera(Protocol):
    """Takes photos that the ML service at hand can read."""

    names: tuple[str, ...]

    def portraits(self, name: str) -> list[bytes]:
        """Photos to enrol somebody with."""

    def class_photo(self, rng: random.Random) -> tuple[bytes, list[str | None]]:
        """A photo like no other, and who is on it, strangers as None."""


@dataclass
class Lessons:
    """A subject, and its sessions that somebody has opened."""

    subject: str
    sessions: list[str] = field(default_factory=list)
    places: Iterator[int] = field(default_factory=count)

    def next_place(self) -> dict[str, Any]:
        number = next(self.places)
        day = FIRST_DAY + timedelta(days=number // PERIODS)
        return {"subject_id": self.subject, "date": day.isoformat(), "period": number % PERIODS + 1}


@dataclass
class Classroom:
    students: dict[str, str]
    lessons: list[Lessons]
    accounts: list[dict[str, str]]
    ledger: Ledger = field(default_factory=Ledger)


class Teacher:
    """Does one thing after the other until told to stop; each is sent until it is answered."""

    def __init__(self, asker: Asker, lessons: Lessons, students: dict[str, str], camera: Camera, seed: str) -> None:
        self._ask, self._lessons, self._students, self._camera = asker, lessons, students, camera
        self._rng = random.Random(seed)

    async def work(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if not self._lessons.sessions:
                await self.begin()
            deed = self._rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            await getattr(self, deed)()

    async def begin(self) -> None:
        place = self._lessons.next_place()
        opened = await self._ask.write("open", "", "POST", "/sessions", json=place, about=place)
        if opened.done:
            self._lessons.sessions.append(opened.told["id"])

    async def photograph(self) -> None:
        photo, shown = self._camera.class_photo(self._rng)
        about = {"photo": photo, "shown": [name and self._students[name] for name in shown]}
        files = {"image": ("class.jpg", photo, "image/jpeg")}
        session = self._session()
        await self._ask.write("photograph", session, "POST", f"/sessions/{session}/captures", files=files, about=about)

    async def mark(self) -> None:
        session, student, key = self._session(), self._student(), self._key()
        given = {"status": self._rng.choice(STATUSES), "reason": key}
        path = f"/sessions/{session}/marks/{student}"
        await self._ask.write("mark", session, "PUT", path, key=key, json=given, about={"students": [student]})

    async def roll_call(self) -> None:
        session, key = self._session(), self._key()
        students = self._rng.sample(sorted(self._students.values()), 2)
        marks = [{"student_id": one, "status": self._rng.choice(STATUSES), "reason": key} for one in students]
        given = {"marks": marks, "close": self._rng.random() < 1 / 2}
        about = {"students": students, "closes": given["close"]}
        await self._ask.write(
            "roll call", session, "PUT", f"/sessions/{session}/marks", key=key, json=given, about=about
        )

    async def decide(self) -> None:
        session = self._session()
        register = await self._ask.read(f"/sessions/{session}/register")
        captures = [each["id"] for each in register["captures"] if each["state"] == "recognised"]
        if not captures:
            return
        capture, student = self._rng.choice(captures), self._rng.choice([None, self._student()])
        face = self._rng.randrange(2)
        about = {"capture": capture, "face": face, "student": student}
        path = f"/captures/{capture}/faces/{face}"
        await self._ask.write("decide", session, "PUT", path, json={"student_id": student}, about=about)

    async def remove(self) -> None:
        session = self._session()
        register = await self._ask.read(f"/sessions/{session}/register")
        if register["captures"]:
            capture = self._rng.choice(register["captures"])["id"]
            await self._ask.write("remove", session, "DELETE", f"/captures/{capture}", about={"capture": capture})

    async def close(self) -> Answered:
        session = self._session()
        return await self._ask.write("close", session, "POST", f"/sessions/{session}/close")

    async def reopen(self) -> Answered:
        session = self._session()
        return await self._ask.write("reopen", session, "POST", f"/sessions/{session}/reopen")

    async def correct(self) -> None:
        session, key = self._session(), self._key()
        records = await self._ask.read(f"/sessions/{session}/records")
        if not records["items"]:
            return
        record = self._rng.choice(records["items"])
        given = {"status": self._rng.choice(STATUSES), "reason": key}
        about = {"record": record["id"], "students": [record["student_id"]]}
        await self._ask.write("correct", session, "PATCH", f"/records/{record['id']}", key=key, json=given, about=about)

    def _session(self) -> str:
        """One of the latest two: the others are left as they are, to be looked at in the end."""
        return self._rng.choice(self._lessons.sessions[-2:])

    def _student(self) -> str:
        return self._rng.choice(sorted(self._students.values()))

    def _key(self) -> str:
        return f"{self._rng.getrandbits(128):032x}"


def found_classroom(stack: Stack, camera: Camera) -> Classroom:
    """Everything that is there before anything dies."""
    with sign_in(stack, ADMINISTRATOR) as office:
        students = {name: add_student(office, f"R-{name}", name) for name in camera.names}
        for name, student in students.items():
            files = [("photos", portrait) for portrait in camera.portraits(name)]
            office.post(f"/students/{student}/face-photos", files=files).raise_for_status()
        accounts, lessons = [], []
        for number in range(SUBJECTS):
            some = [_account(f"teacher-{number}-{one}") for one in range(TEACHERS_EACH)]
            ids = [office.post("/users", json=each).raise_for_status().json()["id"] for each in some]
            new = {"code": f"S-{number}", "name": f"Subject {number}", "teacher_ids": ids}
            subject = office.post("/subjects", json=new).raise_for_status().json()["id"]
            for student in students.values():
                office.put(f"/subjects/{subject}/roster/{student}").raise_for_status()
            accounts += some
            lessons += [Lessons(subject)]
    return Classroom(students, lessons, accounts)


def _account(name: str) -> dict[str, str]:
    return {"email": f"{name}@school.example", "name": name, "role": "teacher", "password": PASSWORD}


@contextlib.asynccontextmanager
async def at_work(room: Classroom, camera: Camera, address: str, seed: str) -> AsyncIterator[None]:
    """All teachers work until the block ends, and then what each has begun is answered."""
    stop = asyncio.Event()
    async with httpx2.AsyncClient(base_url=address) as http, asyncio.TaskGroup() as working:
        for number, account in enumerate(room.accounts):
            asker = Asker(http, account, room.ledger)
            lessons = room.lessons[number // TEACHERS_EACH]
            teacher = Teacher(asker, lessons, room.students, camera, f"{seed}/{number}")
            working.create_task(teacher.work(stop))
        try:
            yield
        finally:
            stop.set()
