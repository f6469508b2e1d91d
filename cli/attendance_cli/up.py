"""`smart-attendance up`: everything on one machine, from the database to the address a browser opens."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from attendance_cli import programs
from attendance_cli.accounts import ForeignDatabaseError, demo_accounts, sign_in_or_create
from attendance_cli.api import Api
from attendance_cli.running import LOCK_NAME, RunRecord, owning, record
from attendance_cli.site import DATABASE_VARIABLE, Site, ml_command
from attendance_cli.supervision import Supervisor, stop_signals


class PortTakenError(Exception):
    """Someone else listens where a program should."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to run: the data folder, and what listens where. A port of 0 means any that is free."""

    home: Path
    host: str = programs.LOOPBACK
    port: int = 8000
    ml_port: int = 8001


@contextmanager
def running(plan: Plan, console: Console) -> Iterator[tuple[Site, Supervisor]]:
    """Everything started and ready, and stopped at the end.

    Raises `AlreadyRunningError`, `PortTakenError`, `EnvironmentMissingError`, `ProgramEndedError`, `StopAsked`.
    """
    with stop_signals(), owning(plan.home) as lock, Supervisor(plan.home / LOCK_NAME, lock, console) as supervisor:
        ml_command(supervisor.run, "models", "fetch")
        site = _start(_with_ports(plan), supervisor)
        _ensure_administrator(site, console)
        record(site.home, RunRecord(os.getpid(), site.address, site.database_uri))
        yield site, supervisor


def show_banner(site: Site, console: Console) -> None:
    lines = [Text.assemble("Smart Attendance answers at ", (site.address, "bold"))]
    lines.append(Text(f"what it can be asked: {site.address}/openapi.json, all of it below /api/v1"))
    lines.append(Text(f"data: {site.home}"))
    if not os.environ.get(DATABASE_VARIABLE):
        trial = (
            "The database is the embedded trial store: good for looking around, not for a school's records. "
            f"For those, name a MongoDB replica set in {DATABASE_VARIABLE}."
        )
        lines.append(Text(trial, style="yellow"))
    lines.append(Text("Ctrl-C stops everything.", style="dim"))
    console.print(Panel(Text("\n").join(lines), expand=False))


def _with_ports(plan: Plan) -> Plan:
    """The same plan with real ports. Raises `PortTakenError`."""
    port = plan.port or programs.free_port()
    ml_port = plan.ml_port or programs.free_port()
    if port == ml_port:
        raise PortTakenError(f"The backend and the ML service can't both have {port}: choose another with --ml-port.")
    for host, number, option in ((plan.host, port, "--port"), (programs.LOOPBACK, ml_port, "--ml-port")):
        if not programs.can_listen(host, number):
            raise PortTakenError(f"{host}:{number} is taken or not ours to use: choose another with {option}.")
    return Plan(plan.home, plan.host, port, ml_port)


def _start(plan: Plan, supervisor: Supervisor) -> Site:
    uri = os.environ.get(DATABASE_VARIABLE)
    database_port = programs.free_port()
    database = None if uri else programs.database(plan.home / "database", database_port)
    uri = uri or f"mongodb://{programs.LOOPBACK}:{database_port}/?directConnection=true"
    key = secrets.token_urlsafe(32)
    ml = programs.ml_service(plan.ml_port, key)
    backend = programs.backend(plan.home, plan.host, plan.port, database_uri=uri, ml_port=plan.ml_port, key=key)
    # The models load while the database opens; the backend is not made to wait for a database that is still closed.
    for program in filter(None, (database, ml)):
        supervisor.start(program)
    if database:
        supervisor.wait_until_ready(database)
    supervisor.start(backend)
    for program in (ml, backend):
        supervisor.wait_until_ready(program)
    return Site(plan.home, f"http://{programs.reachable(plan.host)}:{plan.port}", uri, supervisor.run)


def _ensure_administrator(site: Site, console: Console) -> None:
    """Someone has to be able to sign in to a fresh trial store. A database of one's own gets nobody unasked."""
    if os.environ.get(DATABASE_VARIABLE):
        return
    account = demo_accounts(site.home).administrator
    try:
        _, is_new = sign_in_or_create(Api(site.address), account, site.create_administrator)
    except ForeignDatabaseError as error:
        # Whoever changed that password knows how to sign in; only the demo can't.
        console.print(str(error), style="yellow", soft_wrap=True, highlight=False)
        return
    if is_new:
        console.print(f"First start: sign in as {account.email} with the password {account.password}", soft_wrap=True)
