"""Somebody who speaks to the API of the simulated school, and how far the school got: a file beside its data."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import httpx2

from attendance_cli.accounts import Account

UNAUTHORISED = 401
PASSWORD = "a long enough password"  # noqa: S105  # of people who do not exist


class Speaker:
    """Somebody who is signed in, and signs in again when their token has run out. One thread each."""

    def __init__(self, url: str, account: Account) -> None:
        self._account = account
        self._http = httpx2.Client(base_url=f"{url}/api/v1", timeout=120)
        self._sign_in()

    def _sign_in(self) -> None:
        given = {"email": self._account.email, "password": self._account.password}
        answer = self._http.post("/auth/sign-in", json=given).raise_for_status().json()
        self._http.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """An answer that has to be a success.

        Raises:
            RuntimeError: it is none.
        """
        answer = self._http.request(method, path, **options)
        if answer.status_code == UNAUTHORISED:
            self._sign_in()
            answer = self._http.request(method, path, **options)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    def done(self, method: str, path: str, key: str | None = None, **options: Any) -> Any:
        """The JSON of an answer. A write with a key that was cut off gets the first answer when it is asked again."""
        headers = {**options.pop("headers", {}), **({"Idempotency-Key": key} if key else {})}
        answer = self.ask(method, path, headers=headers, **options)
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
    """How far the term was taken: ids by number, and the lessons that are done."""

    fingerprint: str = ""
    calendar: bool = False
    students: list[str] = field(default_factory=list)
    teachers: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    classes: int = 0
    excuses: int = 0
    substitutes: int = 0
    opened: bool = False
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
