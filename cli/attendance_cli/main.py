"""The `smart-attendance` command: what can be asked for, and which status a shell gets. It does no work itself."""

import json
import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from attendance_cli.accounts import Account, ForeignDatabaseError
from attendance_cli.api import ApiError, BackendUnreachableError
from attendance_cli.banner import show_banner, show_what_to_try
from attendance_cli.demo.attendance import NotRecognisedError
from attendance_cli.demo.classes import DemoClass, NoClassError, own_class
from attendance_cli.demo.story import Result, compose_sample, take_attendance
from attendance_cli.doctor import examine, table_of
from attendance_cli.folders import EnvironmentMissingError, data_folder, interpreter
from attendance_cli.importing import send_faces
from attendance_cli.keeping import keep_running
from attendance_cli.network import ANYWHERE, LOOPBACK, NoNetworkError
from attendance_cli.plan import Plan, PortTakenError
from attendance_cli.resting import database_at_rest, database_in_use
from attendance_cli.running import AlreadyRunningError
from attendance_cli.site import (
    NoDatabaseError,
    Site,
    backend_command,
    create_administrator,
    database_for_commands,
    find_site,
)
from attendance_cli.supervision import ProgramEndedError, StopAsked, Supervisor, run_alone
from attendance_cli.up import running

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Attendance from a photo."
)
admin = typer.Typer(no_args_is_help=True, help="Administrators, on the server itself.")
keys = typer.Typer(no_args_is_help=True, help="The master key that wraps every data key.")
audit = typer.Typer(no_args_is_help=True, help="The audit log.")
captures = typer.Typer(no_args_is_help=True, help="Photos that were given up.")
models = typer.Typer(no_args_is_help=True, help="The networks of the ML service.")
database = typer.Typer(no_args_is_help=True, help="The database.")
faces = typer.Typer(no_args_is_help=True, help="What is seen on a photo; no service needed.")
app.add_typer(admin, name="admin")
app.add_typer(audit, name="audit")
app.add_typer(captures, name="captures")
app.add_typer(database, name="db")
app.add_typer(keys, name="keys")
app.add_typer(models, name="models")
app.add_typer(faces, name="faces")
imports = typer.Typer(no_args_is_help=True, help="What a school has already, taken over by the running `up`.")
app.add_typer(imports, name="import")

# What a person reads goes to standard error, so that standard output holds the register and nothing else.
console = Console(stderr=True)

Data = Annotated[Path | None, typer.Option(help="Data folder; default: SMART_ATTENDANCE_HOME, or the user's own.")]
_LAST_PORT, _DOOR_PORT = 65_535, 8080
_EXPECTED = (
    AlreadyRunningError,
    ApiError,
    BackendUnreachableError,
    EnvironmentMissingError,
    ForeignDatabaseError,
    NoClassError,
    NoDatabaseError,
    NoNetworkError,
    NotRecognisedError,
    OSError,  # a disk that is full, a folder that is not ours: it names the file
    PortTakenError,
    ProgramEndedError,
)


@app.command()
def up(
    lan: Annotated[
        bool, typer.Option("--lan", help="For phones on the network: over TLS, with a page that tells how to trust it.")
    ] = False,
    host: Annotated[
        str | None, typer.Option(help=f"The address to listen on; {LOOPBACK}, with --lan every one of this machine.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=_LAST_PORT, help="The backend's port; 0 for any free one.")] = 8000,
    ml_port: Annotated[
        int, typer.Option(min=0, max=_LAST_PORT, help="The ML service's port, on this machine only; 0 for any.")
    ] = 8001,
    door_port: Annotated[
        int | None, typer.Option(min=0, max=_LAST_PORT, help="With --lan: the port of that page; 0 for any.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Take attendance of a sample class first.")] = False,
    once: Annotated[bool, typer.Option("--once", help="With --demo: stop after the register.")] = False,
    data: Data = None,
) -> None:
    """Start everything: database, ML service, backend with the web app. Ctrl-C stops all of it."""
    if once and not demo:
        raise typer.BadParameter("--once goes with --demo")
    if door_port is not None and not lan:
        raise typer.BadParameter("--door-port goes with --lan")
    listen = host or (ANYWHERE if lan else LOOPBACK)
    plan = Plan(data_folder(data), listen, port, ml_port, lan, _DOOR_PORT if door_port is None else door_port)
    with running(plan, console) as started:
        show_banner(started, console)
        if demo:
            result = _take(started.site, started.supervisor, None)
            _print(result)
            if once:
                return
            if started.web_root:
                show_what_to_try(started, result.people, console)
        keep_running(started.supervisor)


@app.command()
def demo(
    people: Annotated[Path | None, typer.Option(help="Your own class: a folder with a folder per person.")] = None,
    photo: Annotated[Path | None, typer.Option(help="Your own class photo.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the register as data.")] = False,
    data: Data = None,
) -> None:
    """Enrol a small class and take its attendance from one photo, on a running `up` or one of its own.

    Use only photos of people who agreed: the demo puts their consent on record as you give it.
    """
    if (people is None) != (photo is None):
        raise typer.BadParameter("--people and --photo go together")
    chosen = own_class(people, photo) if people and photo else None
    home = data_folder(data)
    if site := find_site(home):
        result = _take(site, None, chosen)
    else:
        with running(Plan(home, port=0, ml_port=0), console) as own:
            result = _take(own.site, own.supervisor, chosen)
    _print(result, as_json=as_json)


@app.command()
def doctor(data: Data = None) -> None:
    """Say what is missing on this machine, and how to get it."""
    findings = examine(data_folder(data))
    Console().print(table_of(findings))
    if any(finding.is_fatal for finding in findings):
        raise typer.Exit(1)


@admin.command("create")
def create_admin(
    email: Annotated[str, typer.Option()],
    name: Annotated[str, typer.Option()],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from a pipe.")] = False,
    data: Data = None,
) -> None:
    """Make an administrator, in the database of the running `up` or of MONGODB_URI."""
    home = data_folder(data)
    database_uri = database_for_commands(home)
    password = _password(password_stdin, is_new=True)
    print(create_administrator(run_alone, home, database_uri, Account(email, name, password)), end="")


@audit.command("verify")
def verify_audit(data: Data = None) -> None:
    """Check that no entry of the audit log was changed, removed or put in; status 1: one was, and is named."""
    raise typer.Exit(_on_backend(data, "audit", "verify"))


@keys.command("rotate")
def rotate_keys(data: Data = None) -> None:
    """Make a new master key and wrap every data key with it, while everything goes on. The old one stays."""
    raise typer.Exit(_on_backend(data, "keys", "rotate"))


@keys.command("retire")
def retire_keys(data: Data = None) -> None:
    """Remove old master keys, some time after a rotation."""
    raise typer.Exit(_on_backend(data, "keys", "retire"))


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go first, and remove nothing.")] = False,
    data: Data = None,
) -> None:
    """Remove class photos and records that were kept long enough; a running `up` does it by itself."""
    raise typer.Exit(_on_backend(data, "retention", *(["--dry-run"] if dry_run else [])))


class Step(StrEnum):
    """What can be done with a change of models."""

    START = "start"
    STATUS = "status"
    CANCEL = "cancel"
    RESUME = "resume"
    COMPARE = "compare"
    SWITCH = "switch"
    ROLL_BACK = "roll-back"
    DISCARD = "discard"


@app.command()
def reembed(
    step: Step,
    model: Annotated[str | None, typer.Argument(help="With start: the new model, as name@version.")] = None,
    leave_out: Annotated[int, typer.Option(min=0, help="With switch: so many students may be recognised no more.")] = 0,
    data: Data = None,
) -> None:
    """Change the model that recognises: its vectors are made beside, compared, switched to, rolled back."""
    if (model is None) is (step is Step.START):
        raise typer.BadParameter("a model goes with start, and with nothing else")
    more = [model] if model else ["--leave-out", str(leave_out)] if step is Step.SWITCH else []
    raise typer.Exit(_on_backend(data, "reembed", step.value, *more))


@captures.command("dead")
def dead_captures(data: Data = None) -> None:
    """List the photos that were given up since the ML service failed on them again and again, and why."""
    raise typer.Exit(_on_backend(data, "captures", "dead"))


@captures.command("requeue")
def requeue_captures(
    capture: Annotated[str | None, typer.Argument(help="The id of one.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="Every one whose photo is still there.")] = False,
    data: Data = None,
) -> None:
    """Have photos that were given up tried again."""
    if (capture is None) != every:
        raise typer.BadParameter("name one capture, or --all")
    raise typer.Exit(_on_backend(data, "captures", "requeue", capture or "--all"))


@app.command()
def backup(
    to: Annotated[Path | None, typer.Option(help="Write the data and the photos to this file; their keys not.")] = None,
    keys_to: Annotated[
        Path | None, typer.Option(help="Write the keys into this folder; two are kept there, seven days at most.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Read this backup and what it builds on, and check every byte.")
    ] = None,
    since: Annotated[
        Path | None, typer.Option(help="With --to: leave out the photos that this earlier backup beside it has.")
    ] = None,
    data: Data = None,
) -> None:
    """Copy everything as it is at one moment into a sealed file, while everything goes on."""
    given = {"--to": to, "--keys-to": keys_to, "--verify": verify}
    chosen = [(name, str(path.absolute())) for name, path in given.items() if path]
    if len(chosen) != 1:
        raise typer.BadParameter("one of --to, --keys-to and --verify")
    if since and not to:
        raise typer.BadParameter("--since goes with --to")
    earlier = ["--since", str(since.absolute())] if since else []
    home = data_folder(data)
    with database_in_use(home, console) as uri:
        raise typer.Exit(_on_database(home, uri, "backup", *chosen[0], *earlier))


@app.command()
def restore(
    path: Annotated[Path, typer.Option("--from", help="A backup of the data.")],
    keys_from: Annotated[
        Path | None, typer.Option("--keys", help="A backup of the keys, if the vault is lost.")
    ] = None,
    data: Data = None,
) -> None:
    """Put a backup into an empty or new database, and erase again what was erased since. Status 1: not all is well."""
    keys_given = ["--keys", str(keys_from.absolute())] if keys_from else []
    home = data_folder(data)
    with database_at_rest(home, console) as uri:
        raise typer.Exit(_on_database(home, uri, "restore", "--from", str(path.absolute()), *keys_given))


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the database of an older program to the schema of this one. On the embedded database `up` does it."""
    home = data_folder(data)
    with database_at_rest(home, console) as uri:
        raise typer.Exit(_on_database(home, uri, "migrate"))


@database.command("copy")
def copy_database(
    to: Annotated[str, typer.Option(help="The other server: mongodb://…")],
    data: Data = None,
) -> None:
    """Copy everything but the photos into an empty database of another server."""
    home = data_folder(data)
    with database_at_rest(home, console) as uri:
        raise typer.Exit(_on_database(home, uri, "db", "copy", "--to", to))


@app.command()
def inventory(
    remove: Annotated[bool, typer.Option("--remove", help="Remove what is left over; else it is only looked.")] = False,
    data: Data = None,
) -> None:
    """Look for photos that nothing tells of, and for missing ones; status 1: one is missing."""
    raise typer.Exit(_on_backend(data, "inventory", *(["--remove"] if remove else [])))


@models.command("fetch")
def fetch_models(
    names: Annotated[list[str] | None, typer.Argument(help="Only these, by name.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="The optional ones too.")] = False,
) -> None:
    """Bring the models into the cache folder."""
    raise typer.Exit(_pass_on("models", "fetch", *(names or []), *(["--all"] if every else [])))


@models.command("list")
def list_models() -> None:
    """What there is, whether it is here, under which licence."""
    raise typer.Exit(_pass_on("models", "list"))


@faces.command("detect")
def detect_faces(
    photo: Annotated[Path, typer.Argument(help="JPEG, PNG, WebP or HEIC.")],
    out: Annotated[Path | None, typer.Option(help="Write the photo with its faces framed: .jpg or .png.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what is seen as data.")] = False,
) -> None:
    """Find the faces of a photo, and say of each how fit it is to be recognised and what would help."""
    options = [*(["--out", str(out)] if out else []), *(["--json"] if as_json else [])]
    raise typer.Exit(_pass_on("faces", "detect", *options, "--", str(photo)))


@imports.command("faces")
def import_faces(
    folder: Annotated[Path, typer.Argument(help="Photos named by roll number: 1234.jpg, 1234_2.jpg, 1234/any.jpg.")],
    email: Annotated[str, typer.Option(help="The administrator who imports them.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say of each photo what is wrong, and enrol none.")
    ] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from a pipe.")] = False,
    data: Data = None,
) -> None:
    """Enrol the faces of a whole folder. Nobody without consent on record is looked at."""
    site = find_site(data_folder(data))
    if site is None:
        raise NoDatabaseError("Nothing runs here: start `smart-attendance up` first.")
    password = _password(password_stdin)
    fates = list(send_faces(site.api().sign_in(email, password), folder, dry_run=dry_run))
    for fate in fates:
        if fate.code:
            print(f"{fate.name}: {fate.code} {' '.join(fate.reasons)}")
    accepted = sum(fate.code is None for fate in fates)
    print(f"{accepted} of {len(fates)} photos {'would be' if dry_run else 'are'} enrolled")


def run() -> None:
    """Run the command. Status 0: done, or stopped as asked; 1: it could not be done; 2: it was asked wrongly."""
    try:
        app()
    except StopAsked:
        sys.exit(0)
    except _EXPECTED as error:
        console.print(str(error), style="red", soft_wrap=True, markup=False, highlight=False)
        sys.exit(1)


def _password(from_pipe: bool, *, is_new: bool = False) -> str:
    if from_pipe:
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=is_new, err=True))


def _pass_on(*arguments: str) -> int:
    """Run a command of the ML service's module in our place: what it shows and its status are the answer."""
    return subprocess.run([interpreter("ml"), "-m", "attendance_ml", *arguments], check=False).returncode


def _on_backend(data: Path | None, *arguments: str) -> int:
    """Run a command of the backend's module in our place, on the database of the running `up` or of MONGODB_URI."""
    home = data_folder(data)
    return _on_database(home, database_for_commands(home), *arguments)


def _on_database(home: Path, database_uri: str, *arguments: str) -> int:
    command, environment = backend_command(home, database_uri, *arguments)
    return subprocess.run(command, env=os.environ | environment, check=False).returncode


def _take(site: Site, supervisor: Supervisor | None, chosen: DemoClass | None) -> Result:
    try:
        return take_attendance(site, chosen or compose_sample(site), console)
    except BackendUnreachableError:
        if supervisor:
            supervisor.require_all_alive()  # it knows better why nobody answers
        raise


def _print(result: Result, *, as_json: bool = False) -> None:
    """Print the register. A composed photo is known: a register that differs from it ends with status 1."""
    if as_json:
        print(json.dumps(result.as_data(), indent=2, ensure_ascii=False))
    else:
        Console().print(result.as_text())
    if result.differences:
        raise typer.Exit(1)
