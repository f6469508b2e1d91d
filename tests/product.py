"""The whole product as its own processes, for tests: database, ML service and backend, each in its own environment."""

import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx2
from rich.console import Console

from attendance_cli import programs
from attendance_cli.accounts import Account
from attendance_cli.folders import web_root
from attendance_cli.network import free_port
from attendance_cli.running import LOCK_NAME, owning
from attendance_cli.site import create_administrator
from attendance_cli.supervision import Program, Supervisor, run_alone

KEY = "key-of-the-test-run"
ADMINISTRATOR = Account("administrator@school.example", "Administrator", "a long enough password")


@dataclass(frozen=True)
class Stack:
    """Three running programs. `supervisor.pids` are their process ids; a program can be started again after a kill."""

    home: Path
    supervisor: Supervisor
    database: Program
    database_uri: str
    ml: Program
    ml_url: str
    backend: Program
    backend_url: str

    def kill(self, program: Program) -> None:
        """SIGKILL, and return when nothing answers any more."""
        os.kill(self.supervisor.pids[program.name], signal.SIGKILL)
        while program.is_ready():
            time.sleep(0.05)

    def restart(self, program: Program) -> None:
        self.supervisor.start(program)
        self.supervisor.wait_until_ready(program)


@contextmanager
def started_stack(
    home: Path, ml_service: Callable[[int, str], Program] = programs.ml_service, key: str = KEY
) -> Iterator[Stack]:
    """The programs, ready and with an administrator; the ML service may be another that speaks the contract.

    What they say is in `output.log` of the folder.
    """
    with (
        (home / "output.log").open("w") as log,
        owning(home) as lock,
        Supervisor(home / LOCK_NAME, lock, Console(file=log)) as supervisor,
    ):
        database_port, ml_port, backend_port = (free_port() for _ in range(3))
        uri = f"mongodb://127.0.0.1:{database_port}/?directConnection=true"
        database = programs.database(home / "database", database_port)
        ml = ml_service(ml_port, key)
        backend = programs.backend(
            *(home, "127.0.0.1", backend_port), database_uri=uri, ml_port=ml_port, key=key, web_root=web_root()
        )
        for program in (database, ml):
            supervisor.start(program)
        supervisor.wait_until_ready(database)
        supervisor.start(backend)
        for program in (ml, backend):
            supervisor.wait_until_ready(program)
        stack = Stack(
            *(home, supervisor, database, uri, ml, f"http://127.0.0.1:{ml_port}"),
            *(backend, f"http://127.0.0.1:{backend_port}"),
        )
        create_administrator(run_alone, home, uri, ADMINISTRATOR)
        yield stack


class TurningTokens(httpx2.Auth):
    """Speaks for an account with its access token, and gets the next one when that is over: a module's tests may take
    longer than it is good for.
    """

    requires_response_body = True

    def __init__(self, tokens: dict[str, str], refresh_url: str) -> None:
        self.tokens = tokens
        self._refresh_url = refresh_url

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        if "Authorization" in request.headers:
            yield request
            return
        request.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        answer = yield request
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            given = {"refresh_token": self.tokens["refresh_token"]}
            turned = yield httpx2.Request("POST", self._refresh_url, json=given)
            if turned.is_success:
                self.tokens = turned.json()
                request.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
                yield request


def sign_in(stack: Stack, account: Account) -> httpx2.Client:
    """A client of the backend that speaks for `account`."""
    given = {"email": account.email, "password": account.password}
    answer = httpx2.post(f"{stack.backend_url}/api/v1/auth/sign-in", json=given, timeout=60)
    root = f"{stack.backend_url}/api/v1"
    auth = TurningTokens(answer.raise_for_status().json(), f"{root}/auth/refresh")
    return httpx2.Client(base_url=root, auth=auth, timeout=60)
