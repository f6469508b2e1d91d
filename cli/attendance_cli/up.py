"""`smart-attendance up`: everything on one machine, from the database to the address a browser opens."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from attendance_cli import programs
from attendance_cli.accounts import ForeignDatabaseError, demo_accounts, sign_in_or_create
from attendance_cli.certificate import Certificate, ensure_certificate
from attendance_cli.folders import web_root
from attendance_cli.network import LOOPBACK, free_port, lan_names
from attendance_cli.plan import Plan
from attendance_cli.running import LOCK_NAME, RunRecord, owning, record
from attendance_cli.site import DATABASE_VARIABLE, Site, backend_command, ml_command
from attendance_cli.supervision import Supervisor, stop_signals


@dataclass(frozen=True, slots=True)
class Lan:
    """What other devices of the network need to know: the app's address, the doorway's, and whom to trust."""

    address: str
    door: str
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Started:
    """Everything that runs, and what to tell people of it."""

    site: Site
    supervisor: Supervisor
    lan: Lan | None
    web_root: Path | None

    @property
    def address(self) -> str:
        """What people open in a browser."""
        return self.lan.address if self.lan else self.site.address


@contextmanager
def running(plan: Plan, console: Console) -> Iterator[Started]:
    """Everything started and ready, and stopped at the end.

    Raises `AlreadyRunningError`, `PortTakenError`, `NoNetworkError`, `EnvironmentMissingError`, `ProgramEndedError`,
    `StopAsked`.
    """
    with stop_signals(), owning(plan.home) as lock, Supervisor(plan.home / LOCK_NAME, lock, console) as supervisor:
        chosen = plan.with_ports()
        lan = _certified(chosen, supervisor) if chosen.lan else None
        ml_command(supervisor.run, "models", "fetch")
        started = _start(chosen, lan, supervisor)
        site = started.site
        _ensure_administrator(site, console)
        record(site.home, RunRecord(os.getpid(), site.address, site.database_uri, str(site.ca) if site.ca else None))
        yield started


def _certified(plan: Plan, supervisor: Supervisor) -> Lan:
    names = lan_names(plan.host)
    certificate = ensure_certificate(plan.home, names, supervisor.run)
    return Lan(f"https://{names[0]}:{plan.port}", f"http://{names[0]}:{plan.door_port}", certificate)


def _start(plan: Plan, lan: Lan | None, supervisor: Supervisor) -> Started:
    uri = os.environ.get(DATABASE_VARIABLE)
    database_port = free_port()
    database = None if uri else programs.database(plan.home / "database", database_port)
    uri = uri or f"mongodb://{LOOPBACK}:{database_port}/?directConnection=true"
    key, certificate, pages = secrets.token_urlsafe(32), lan.certificate if lan else None, web_root()
    ml = programs.ml_service(plan.ml_port, key)
    backend = programs.backend(
        *(plan.home, plan.host, plan.port),
        database_uri=uri,
        ml_port=plan.ml_port,
        key=key,
        certificate=certificate,
        web_root=pages,
    )
    doorway = programs.doorway(plan.host, plan.door_port, lan.address, lan.certificate.ca) if lan else None
    # The models load while the database opens; the backend is not made to wait for a database that is still closed.
    for program in filter(None, (database, ml, doorway)):
        supervisor.start(program)
    if database:
        supervisor.wait_until_ready(database)
        # A database of one's own is migrated by whoever looks after it, and has made a backup.
        supervisor.run(*backend_command(plan.home, uri, "migrate"))
    supervisor.start(backend)
    for program in filter(None, (ml, doorway, backend)):
        supervisor.wait_until_ready(program)
    address = programs.backend_address(plan.host, plan.port, certificate)
    site = Site(plan.home, address, uri, supervisor.run, certificate.ca if certificate else None)
    return Started(site, supervisor, lan, pages)


def _ensure_administrator(site: Site, console: Console) -> None:
    """Someone has to be able to sign in to a fresh trial store. A database of one's own gets nobody unasked."""
    if os.environ.get(DATABASE_VARIABLE):
        return
    account = demo_accounts(site.home).administrator
    try:
        _, is_new = sign_in_or_create(site.api(), account, site.create_administrator)
    except ForeignDatabaseError as error:
        # Whoever changed that password knows how to sign in; only the demo can't.
        console.print(str(error), style="yellow", soft_wrap=True, highlight=False)
        return
    if is_new:
        console.print(f"First start: sign in as {account.email} with the password {account.password}", soft_wrap=True)
