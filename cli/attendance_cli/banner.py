"""What `up` tells the person at the terminal: where to go, how a phone gets there, what to try. It starts nothing."""

import os

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from attendance_cli.accounts import demo_accounts
from attendance_cli.certificate import qr_code
from attendance_cli.demo.classes import DemoClass
from attendance_cli.site import DATABASE_VARIABLE, Site
from attendance_cli.up import Lan, Started

_BESIDE_CODE = 40
"""Columns for the words beside a QR code: where there are fewer, it is not drawn."""
_WHITE_ON_BLACK = "#ffffff on #000000"


def show_banner(started: Started, console: Console) -> None:
    site, lan = started.site, started.lan
    parts: list[RenderableType] = [_where(started.address, built=started.web_root is not None)]
    if lan:
        parts += ["", _phones(lan, site, console), ""]
    parts.append(Text(f"data: {site.home}"))
    if not os.environ.get(DATABASE_VARIABLE):
        trial = (
            "The database is the embedded trial store: good for looking around, not for a school's records. "
            f"For those, name a MongoDB replica set in {DATABASE_VARIABLE}."
        )
        parts.append(Text(trial, style="yellow"))
    parts.append(Text("Ctrl-C stops everything.", style="dim"))
    console.print(Panel(Group(*parts), expand=False))


def show_what_to_try(started: Started, people: DemoClass, console: Console) -> None:
    """Who may sign in to see the demo's class, and the photo to take attendance from."""
    teacher = demo_accounts(started.site.home).teacher
    lines = (
        Text.assemble("Try it: open ", (started.address, "bold"), " and sign in as"),
        Text.assemble("  ", (teacher.email, "bold"), " with the password ", (teacher.password, "bold")),
        Text.assemble("  and take attendance from this photo: ", (str(people.photo), "bold")),
    )
    console.print(Text("\n").join(lines), soft_wrap=True, highlight=False)


def _where(address: str, *, built: bool) -> Text:
    lines = [Text.assemble("Smart Attendance answers at ", (address, "bold"))]
    if built:
        lines.append(Text("Open that address in a browser and sign in."))
    else:
        missing = "The web app is not built, so there is only the API. `make install` builds it; it needs Node."
        lines.append(Text(missing, style="yellow"))
    lines.append(Text(f"what it can be asked: {address}/openapi.json, all of it below /api/v1"))
    return Text("\n").join(lines)


def _phones(lan: Lan, site: Site, console: Console) -> RenderableType:
    code = _code(lan.door, site, console)
    way = "scan the code, or open" if code else "open"
    words = Text("\n\n").join(
        (
            Text.assemble(f"On a phone: {way}\n", (lan.door, "bold"), "\nand follow its three steps."),
            Text.assemble(
                "Trust the certificate only if the phone shows this SHA-256 fingerprint:\n",
                (lan.certificate.fingerprint, "bold"),
            ),
            Text(
                f"On a computer, trust {lan.certificate.ca}. It vouches for private addresses only, never the internet."
            ),
        )
    )
    if code is None:
        return words
    beside = Table.grid(padding=(0, 2))
    beside.add_row(code, words)
    return beside


def _code(address: str, site: Site, console: Console) -> Text | None:
    """The QR code, where it can be seen: in colours, since it has to be light on dark whatever the terminal is."""
    if not console.is_terminal or console.no_color or console.color_system is None or console.options.ascii_only:
        return None
    drawn = qr_code(address, site.run)
    if console.width < drawn.index("\n") + _BESIDE_CODE:
        return None
    return Text(drawn, style=_WHITE_ON_BLACK, no_wrap=True)
