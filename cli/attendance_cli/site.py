"""A site that runs and is ready, whether this process started it or found it, and the commands run beside it."""

import os
from dataclasses import dataclass
from pathlib import Path

from attendance_cli import programs
from attendance_cli.accounts import Account
from attendance_cli.api import Api
from attendance_cli.folders import interpreter
from attendance_cli.running import find_running
from attendance_cli.supervision import Run, run_alone

DATABASE_VARIABLE = "MONGODB_URI"


class NoDatabaseError(Exception):
    """There is no database that a command could work on."""


@dataclass(frozen=True, slots=True)
class Site:
    """One data folder with its backend's address and its database."""

    home: Path
    address: str
    database_uri: str
    run: Run
    ca: Path | None = None
    """Who vouches for an https address."""

    def api(self) -> Api:
        """Its API, asked by nobody in particular."""
        return Api(self.address, self.ca)

    def create_administrator(self, account: Account) -> str:
        return create_administrator(self.run, self.home, self.database_uri, account)


def find_site(home: Path) -> Site | None:
    """The site that another process runs on this data folder, if one does."""
    found = find_running(home)
    if not found:
        return None
    return Site(home, found.address, found.database_uri, run_alone, Path(found.ca) if found.ca else None)


def database_for_commands(home: Path) -> str:
    """The address of the database in use: that of the running site, else MONGODB_URI. Raises `NoDatabaseError`."""
    if site := find_site(home):
        return site.database_uri
    if uri := os.environ.get(DATABASE_VARIABLE):
        return uri
    raise NoDatabaseError(f"Nothing runs on {home}. Start `smart-attendance up` first, or set {DATABASE_VARIABLE}.")


def ml_command(run: Run, *arguments: str) -> str:
    """Run a command of the ML service's module in its own environment."""
    return run([str(interpreter("ml")), "-m", "attendance_ml", *arguments], {}, "")


def create_administrator(run: Run, home: Path, database_uri: str, account: Account) -> str:
    """Make an administrator: by a command on the server, never over the network. Return what the command says."""
    told = ("admin", "create", "--email", account.email, "--name", account.name, "--password-stdin")
    command, environment = backend_command(home, database_uri, *told)
    return run(command, environment, account.password + "\n")


def backend_command(home: Path, database_uri: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """A command of the backend's module in its own environment, and what it finds there."""
    # The backend's settings ask for a key that these commands never use.
    environment = programs.backend_environment(home, database_uri) | {"ML_SERVICE_API_KEY": "unused"}
    return [str(interpreter("backend")), "-m", "attendance_backend", *arguments], environment
