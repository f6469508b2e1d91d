"""What the backend's tests run against: the real database, the real program in its own process, a played ML service."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from pydantic import SecretStr

from attendance_backend.adapters.mongo import Client, connect, wait_until_reachable
from attendance_backend.adapters.photos import MARK
from attendance_backend.domains.identity.schemas import SYSTEM, NewUser, Role
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transactions
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring import adapters, services

from .forked import Forked, origin
from .s3 import S3, running_s3
from .simulator import KEY, Simulator, photo_of, running_simulator

REPOSITORY = Path(__file__).parents[2]
DATABASE_PROGRAM = REPOSITORY / ".venvs" / "database" / "bin" / "secantusd-py"
EMAIL, PASSWORD = "office@school.example", "correct horse battery"
START_SECONDS = 30.0
MEMORY, PLENTY = Path("/dev/shm"), 8 << 30  # noqa: S108  # a folder of its own is made there
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of what a page of ours asks."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server given by MONGODB_URI, else the embedded one, spawned for this run."""
    if given := os.environ.get("MONGODB_URI"):
        yield given
        return
    port, storage = free_port(), _storage(tmp_path_factory)
    command = [DATABASE_PROGRAM, "--port", str(port), "--storage-path", storage, "--sync-on-commit"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield f"mongodb://127.0.0.1:{port}/"
        # Asked to end after a long run it sometimes never does, and nobody needs what it holds.
        process.kill()
    shutil.rmtree(storage, ignore_errors=True)


def _storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for a database: in memory where there is plenty, for each test makes and drops some 200 files."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < PLENTY:
        return tmp_path_factory.mktemp("database")
    for left in MEMORY.glob("attendance-tests-*-*"):
        if not psutil.pid_exists(int(left.name.split("-")[2])):
            shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
    return Path(tempfile.mkdtemp(prefix=f"attendance-tests-{os.getpid()}-", dir=MEMORY))


@pytest.fixture(scope="session")
async def mongo(mongodb_uri: str) -> AsyncIterator[Client]:
    client = connect(mongodb_uri)
    await wait_until_reachable(client)
    yield client
    await client.close()


@pytest.fixture(scope="session", autouse=True)
def _origin_ends() -> Iterator[None]:
    """What the backends of the run are forked from ends with it."""
    yield
    if origin.cache_info().currsize:
        origin().close()


@pytest.fixture
async def database_name(mongo: Client) -> AsyncIterator[str]:
    """A database of this test alone."""
    name = f"test_{uuid.uuid4().hex}"
    yield name
    for made in (name, f"{name}_vault"):
        await mongo.drop_database(made)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with running_simulator() as played:
        yield played


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """An object store for the whole run; each test makes a bucket of its own."""
    with running_s3(free_port(), tmp_path_factory.mktemp("s3") / "output.log") as running:
        yield running


@dataclass
class Backend:
    """The program in a process of its own, and an HTTP client that talks to it."""

    environment: dict[str, str]
    home: Path
    http: httpx2.AsyncClient
    serves: str = "serve"
    """The command that starts it: a `work` answers its health only."""
    processes: list[Forked] = field(default_factory=list)

    async def start(self) -> None:
        """Start the program and wait until it is ready."""
        process = origin().start(self.serves, env=self.environment, output=self.home / "output.log")
        self.processes.append(process)
        await self.until_ready(process)

    async def until_ready(self, process: Forked | subprocess.Popen[bytes], seconds: float = START_SECONDS) -> None:
        async with asyncio.timeout(seconds):
            while not await self._is_ready():
                assert process.poll() is None, self.output
                await asyncio.sleep(0.05)

    async def _is_ready(self) -> bool:
        with contextlib.suppress(httpx2.TransportError):
            return (await self.http.get("/health/ready")).is_success
        return False

    def kill(self) -> None:
        """End it without warning."""
        self.processes[-1].kill()
        self.processes[-1].wait()

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        self.processes[-1].send_signal(signal.SIGTERM)
        return self.processes[-1].wait(START_SECONDS)

    @property
    def output(self) -> str:
        return (self.home / "output.log").read_text()

    def command(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run one of the program's other commands."""
        files = {name: self.home / f"command.{name}" for name in ("given", "output", "errors")}
        for name, content in (("given", given), ("output", ""), ("errors", "")):
            files[name].write_text(content)
        status = origin().start(*arguments, env=self.environment, **files).wait(START_SECONDS)
        told = (files["output"].read_text(), files["errors"].read_text())
        return subprocess.CompletedProcess(arguments, status, *told)


@pytest.fixture(scope="session")
def program_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment without other settings of ours; the program is compiled once, which halves its later starts."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("compiled"))}


def settings_of(program: dict[str, str], mongodb_uri: str, database: str, home: Path, ml_url: str) -> dict[str, str]:
    """The settings of a backend on a port of its own."""
    return {
        **program,
        "PORT": str(free_port()),
        "MONGODB_URI": mongodb_uri,
        "MONGODB_DATABASE": database,
        "SMART_ATTENDANCE_HOME": str(home),
        "ML_SERVICE_URL": ml_url,
        "ML_SERVICE_REST": "0.2",
        "ML_SERVICE_API_KEY": KEY,
        "TIME_ZONE": "Europe/Paris",
    }


@pytest.fixture
def environment(
    program_environment: dict[str, str], mongodb_uri: str, database_name: str, simulator: Simulator, tmp_path: Path
) -> dict[str, str]:
    """The settings of one test's backend."""
    return settings_of(program_environment, mongodb_uri, database_name, tmp_path, simulator.url)


@contextlib.asynccontextmanager
async def inside(
    environment: dict[str, str], clock: Clock | None = None
) -> AsyncIterator[tuple[Services, Transactions]]:
    """The services of a backend with these settings, in this process, perhaps with a clock of the test's own."""
    known = {name.lower(): value for name, value in environment.items() if name.lower() in BackendSettings.model_fields}
    settings = BackendSettings.model_validate(known)
    async with adapters(settings) as outside:
        timed = replace(outside, clock=clock) if clock else outside
        yield services(timed, settings), timed.transactions


async def first_administrator(made: tuple[Services, Transactions]) -> None:
    found, transactions = made
    identity = found.get(IdentityService)
    new = NewUser(email=EMAIL, name="The office", role=Role.ADMINISTRATOR, password=SecretStr(PASSWORD))
    password_hash = await identity.hash_password(new.password, new.email, new.name)
    await transactions.run(lambda tx: identity.create_user(SYSTEM, new, password_hash, tx))


@pytest.fixture
async def program(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Backend]:
    """The program with its settings, not started."""
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{environment['PORT']}", timeout=20) as http:
        made = Backend(environment, tmp_path, http)
        yield made
        for process in made.processes:
            process.kill()  # of one that was not ready in time nobody else takes care


@pytest.fixture
async def backend(program: Backend) -> AsyncIterator[Backend]:
    """A running backend with its first administrator, who is not signed in."""
    await program.start()
    async with inside(program.environment) as services:
        await first_administrator(services)
    yield program
    if program.processes[-1].poll() is None:
        program.stop()


@contextlib.asynccontextmanager
async def another(backend: Backend, name: str, serves: str = "serve", **settings: str) -> AsyncIterator[Backend]:
    """A second process on a backend's data; its log is in a folder of its own."""
    environment = {**backend.environment, **settings, "PORT": str(free_port())}
    home = backend.home / name
    home.mkdir()
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{environment['PORT']}", timeout=20) as http:
        made = Backend(environment, home, http, serves)
        await made.start()
        yield made
        if made.processes[-1].poll() is None:
            made.stop()


def a_worker(backend: Backend, name: str) -> contextlib.AbstractAsyncContextManager[Backend]:
    """A process that works in the background for a backend."""
    return another(backend, name, "work")


@contextlib.asynccontextmanager
async def running_alone(
    program: dict[str, str], mongo: Client, mongodb_uri: str, home: Path, **settings: str
) -> AsyncIterator[Backend]:
    """A running backend for all tests of a module that leave each other's people alone. No ML service answers it."""
    name = f"test_{uuid.uuid4().hex}"
    environment = {**settings_of(program, mongodb_uri, name, home, "http://127.0.0.1:1"), **settings}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{environment['PORT']}", timeout=20) as http:
        running = Backend(environment, home, http)
        await running.start()
        async with inside(environment) as services:
            await first_administrator(services)
        yield running
        running.stop()
    for made in (name, f"{name}_vault"):
        await mongo.drop_database(made)


@pytest.fixture(scope="module")
async def shared_backend(
    program_environment: dict[str, str], mongodb_uri: str, mongo: Client, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Backend]:
    """One running backend for a module."""
    async with running_alone(program_environment, mongo, mongodb_uri, tmp_path_factory.mktemp("home")) as running:
        yield running


@contextlib.asynccontextmanager
async def a_browser(backend: Backend) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser on a page of ours: it keeps cookies. Nobody is signed in yet."""
    async with httpx2.AsyncClient(base_url=backend.http.base_url, headers=OWN_PAGE, timeout=20) as http:
        yield http


@dataclass
class Person:
    """Somebody who is signed in."""

    http: httpx2.AsyncClient
    token: str

    async def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return await self.http.request(method, f"/api/v1{path}", headers=headers, **options)

    async def done(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer that has to be a success."""
        answer = await self.ask(method, path, **options)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


async def sign_in(http: httpx2.AsyncClient, email: str, password: str) -> Person:
    answer = await http.post("/api/v1/auth/sign-in", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return Person(http, answer.json()["access_token"])


@pytest.fixture
async def office(backend: Backend) -> Person:
    """The administrator."""
    return await sign_in(backend.http, EMAIL, PASSWORD)


@contextlib.contextmanager
def a_disk(place: Path, size: str) -> Iterator[Callable[[str], object]]:
    """A file system of its own in memory; what it yields makes it larger. Skips where nothing may be mounted."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o"]
    if subprocess.run([*mount, f"size={size}", "tmpfs", place], check=False, capture_output=True).returncode:
        pytest.skip("mounting takes root's rights")
    try:
        yield lambda more: subprocess.run([*mount, f"remount,size={more}", "tmpfs", place], check=True)
    finally:
        subprocess.run(["umount", place], check=True)


def photos_in(home: Path) -> list[Path]:
    """The files of the photos that a backend keeps in its home."""
    return sorted(path for path in (home / "photos").iterdir() if path.name != MARK)


async def new_teacher(office: Person, email: str) -> tuple[str, Person]:
    """A teacher's id, and the teacher signed in."""
    new = {"email": email, "name": "A teacher", "role": "teacher", "password": PASSWORD}
    made = await office.done("POST", "/users", json=new)
    return made["id"], await sign_in(office.http, email, PASSWORD)


async def new_student(office: Person, name: str, *, photos: int = 0) -> str:
    """A student's id; with photos the student has consented and is enrolled."""
    made = await office.done("POST", "/students", json={"roll_number": f"R-{name}", "name": name})
    if photos:
        consent = {"purpose": "face_recognition", "text_version": "1", "given_by": "student"}
        await office.done("POST", f"/students/{made['id']}/consents", json=consent)
        files = [("photos", photo_of(name, shot=shot)) for shot in range(photos)]
        await office.done("POST", f"/students/{made['id']}/face-photos", files=files)
    return str(made["id"])


@dataclass
class Class:
    """A subject with its teacher, two enrolled students, one who has not consented, and an open session."""

    teacher: Person
    subject: str
    session: str
    ann: str
    ben: str
    cleo: str


async def new_class(office: Person) -> Class:
    teacher_id, teacher = await new_teacher(office, "teacher@school.example")
    new = {"code": "MATH-1", "name": "Mathematics", "teacher_ids": [teacher_id]}
    subject = (await office.done("POST", "/subjects", json=new))["id"]
    ann, ben = [await new_student(office, name, photos=2) for name in ("ann", "ben")]
    cleo = await new_student(office, "cleo")
    for student in (ann, ben, cleo):
        await teacher.done("PUT", f"/subjects/{subject}/roster/{student}")
    asked = {"subject_id": subject, "date": "2026-11-20", "period": 1}
    session = (await teacher.done("POST", "/sessions", json=asked))["id"]
    return Class(teacher, subject, session, ann, ben, cleo)


@pytest.fixture
async def a_class(office: Person) -> Class:
    return await new_class(office)
