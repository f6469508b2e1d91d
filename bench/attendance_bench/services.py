"""The product as it is served, for timing: database, ML service and backend as processes, spoken to over HTTP."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from attendance_cli import programs
from attendance_cli.accounts import demo_accounts, sign_in_or_create
from attendance_cli.api import Api
from attendance_cli.demo.attendance import ensure_teacher, prepare
from attendance_cli.demo.classes import DemoClass, Person
from attendance_cli.network import LOOPBACK, free_port
from attendance_cli.running import LOCK_NAME, owning
from attendance_cli.site import Site
from attendance_cli.supervision import Supervisor
from attendance_ml.faces.models import SFACE

_DAY = date(2026, 1, 5)
GALLERY_ID = "bench-gallery"


@dataclass
class MlClient:
    """One kept connection per thread to the ML service, as the backend has."""

    port: int
    key: str

    def __post_init__(self) -> None:
        self._kept = local()

    def call(self, method: str, path: str, body: bytes, kind: str = "image/jpeg") -> Any:
        """The answer's JSON. Raises `RuntimeError` for what is no success."""
        connection = self._kept.__dict__.setdefault("to", HTTPConnection(LOOPBACK, self.port, timeout=120))
        connection.request(method, f"/api/ml/{path}", body, {"X-API-Key": self.key, "Content-Type": kind})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
        return json.loads(content)

    def put_gallery(self, enrolled: Mapping[str, Sequence[NDArray[np.float32]]]) -> None:
        students = [
            {"student_id": name, "embeddings": [vector.tolist() for vector in vectors]}
            for name, vectors in enrolled.items()
        ]
        body = json.dumps({"model": SFACE.id, "students": students}).encode()
        self.call("PUT", f"galleries/{GALLERY_ID}", body, "application/json")

    def recognise(self, photo: bytes) -> int:
        return int(self.call("POST", f"recognize?gallery_id={GALLERY_ID}", photo)["count"])

    def encode(self, photo: bytes) -> int:
        self.call("POST", "encode-face", photo)
        return 1

    def match(self, request: bytes) -> int:
        return len(self.call("POST", "batch-match", request, "application/json")["matches"])


@dataclass(frozen=True, slots=True)
class Services:
    """All of it running, with a session open to take attendance in."""

    ml: MlClient
    pids: Mapping[str, int]
    take: Callable[[bytes], int]
    """Submit a class photo as a new capture and return the number of faces in the proposal."""


@contextmanager
def services(home: Path, enrolled: Mapping[str, Sequence[bytes]], console: Console) -> Iterator[Services]:
    """Start everything on a data folder of its own, and enrol the class through the public API."""
    key, ports = secrets.token_urlsafe(32), [free_port() for _ in range(3)]
    uri = f"mongodb://{LOOPBACK}:{ports[0]}/?directConnection=true"
    database, ml = programs.database(home / "database", ports[0]), programs.ml_service(ports[1], key)
    backend = programs.backend(home, LOOPBACK, ports[2], database_uri=uri, ml_port=ports[1], key=key)
    quiet = Console(quiet=True)
    with owning(home) as lock, Supervisor(home / LOCK_NAME, lock, quiet) as supervisor:
        for program in (database, ml, backend):
            supervisor.start(program)
            supervisor.wait_until_ready(program)
        site = Site(home, f"http://{LOOPBACK}:{ports[2]}", uri, supervisor.run)
        yield Services(MlClient(ports[1], key), supervisor.pids, _open_session(site, enrolled, console))


def _open_session(site: Site, enrolled: Mapping[str, Sequence[bytes]], console: Console) -> Callable[[bytes], int]:
    accounts = demo_accounts(site.home)
    office, _ = sign_in_or_create(Api(site.address), accounts.administrator, site.create_administrator)
    teacher_id = ensure_teacher(office, accounts.teacher)
    people = DemoClass(_write(site.home / "photos-to-enrol", enrolled), site.home / LOCK_NAME)
    subject_id, refused = prepare(office, people, teacher_id, lambda _: None)
    if refused:
        console.print(f"{len(refused)} photos were refused at enrolment, such as {next(iter(refused.items()))}")
    teacher = Api(site.address).sign_in(accounts.teacher.email, accounts.teacher.password)
    session = teacher.post("/sessions", {"subject_id": subject_id, "date": _DAY.isoformat(), "period": 1})
    number = count()

    def take(photo: bytes) -> int:
        # The same bytes would be the same capture; what follows a JPEG's end changes its digest and nothing else.
        capture = teacher.post_photo(f"/sessions/{session['id']}/captures", photo + str(next(number)).encode())
        if capture["state"] != "recognised":
            raise RuntimeError(f"the capture was {capture['state']}, not recognised at once")
        return len(capture["faces"])

    return take


def _write(folder: Path, enrolled: Mapping[str, Sequence[bytes]]) -> list[Person]:
    people = []
    for name, photos in enrolled.items():
        (folder / name).mkdir(parents=True)
        paths = [folder / name / f"{number}.jpg" for number in range(len(photos))]
        for path, photo in zip(paths, photos, strict=True):
            path.write_bytes(photo)
        people.append(Person(name, paths))
    return people
