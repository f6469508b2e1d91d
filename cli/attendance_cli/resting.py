"""The database of a data folder for a command, running or not. It starts the database and nothing else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from attendance_cli import programs
from attendance_cli.network import LOOPBACK, free_port
from attendance_cli.running import LOCK_NAME, AlreadyRunningError, owning
from attendance_cli.site import DATABASE_VARIABLE, find_site
from attendance_cli.supervision import Supervisor, stop_signals


@contextmanager
def database_in_use(home: Path, console: Console) -> Iterator[str]:
    """The address of the database: of what runs, of MONGODB_URI, else the embedded one, started for this block."""
    if site := find_site(home):
        yield site.database_uri
        return
    with database_at_rest(home, console) as uri:
        yield uri


@contextmanager
def database_at_rest(home: Path, console: Console) -> Iterator[str]:
    """The same, where nothing may run on the data folder, and nothing starts on it meanwhile.

    Raises `AlreadyRunningError`.
    """
    if site := find_site(home):
        raise AlreadyRunningError(f"Smart Attendance runs on {home}: {site.address}. Stop it first.")
    with stop_signals(), owning(home) as lock, Supervisor(home / LOCK_NAME, lock, console) as supervisor:
        if uri := os.environ.get(DATABASE_VARIABLE):
            yield uri
            return
        port = free_port()
        database = programs.database(home / "database", port)
        supervisor.start(database)
        supervisor.wait_until_ready(database)
        yield f"mongodb://{LOOPBACK}:{port}/?directConnection=true"
