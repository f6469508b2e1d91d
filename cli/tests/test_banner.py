"""What the person at the terminal reads, on terminals of every kind."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from attendance_cli.banner import show_banner, show_what_to_try
from attendance_cli.certificate import Certificate
from attendance_cli.demo.classes import DemoClass
from attendance_cli.running import LOCK_NAME, owning
from attendance_cli.site import Site
from attendance_cli.supervision import Supervisor, run_alone
from attendance_cli.up import Lan, Started

FINGERPRINT = " ".join(["00:11:22:33:44:55:66:77"] * 4)
DOOR, APP = "http://192.168.178.25:8080", "https://192.168.178.25:8000"


@pytest.fixture
def started(tmp_path):
    """Something that runs, for whoever tells of it: nothing of it is asked."""
    site = Site(tmp_path, "http://127.0.0.1:8000", "mongodb://127.0.0.1:1", run_alone)
    with owning(tmp_path) as lock, Supervisor(tmp_path / LOCK_NAME, lock, Console(file=io.StringIO())) as supervisor:
        yield lambda **facts: Started(
            **({"site": site, "supervisor": supervisor, "lan": None, "web_root": None} | facts)
        )


@pytest.fixture
def lan(tmp_path) -> Lan:
    return Lan(APP, DOOR, Certificate(tmp_path / "server.pem", tmp_path / "ca.pem", FINGERPRINT))


def shown(console: Console) -> str:
    return console.file.getvalue()


def terminal(**options) -> Console:
    chosen = {"width": 100, "force_terminal": True, "color_system": "truecolor", "_environ": {}} | options
    return Console(file=io.StringIO(), **chosen)


def test_on_a_terminal_the_doorway_is_a_code_to_scan_in_white_on_black(started, lan) -> None:
    console = terminal()
    show_banner(started(lan=lan), console)

    text = shown(console)
    assert "█▀▀" in text or "▄▄▄▄▄ █" in text
    assert "38;2;255;255;255;48;2;0;0;0" in text
    assert DOOR in text
    assert APP in text


@pytest.mark.parametrize(
    "options",
    [{"force_terminal": False, "color_system": None}, {"width": 60}, {"no_color": True}, {"color_system": None}],
    ids=str,
)
def test_where_a_code_can_not_be_seen_the_address_stands_alone(started, lan, options) -> None:
    console = terminal(**options)
    show_banner(started(lan=lan), console)

    text = shown(console)
    assert "█" not in text
    assert "scan" not in text
    assert DOOR in text
    assert all(group in text for group in FINGERPRINT.split())


def test_a_terminal_that_knows_no_blocks_gets_none(started, lan) -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    console = Console(file=file, width=100, force_terminal=True, color_system="truecolor", _environ={})
    show_banner(started(lan=lan), console)

    assert DOOR in file.buffer.getvalue().decode("ascii")


def test_the_fingerprint_stands_in_one_line_where_there_is_room(started, lan) -> None:
    console = Console(file=io.StringIO(), width=200)
    show_banner(started(lan=lan), console)

    assert FINGERPRINT in shown(console)


def test_a_web_app_that_is_not_built_is_said_so(started, tmp_path) -> None:
    without, with_it = Console(file=io.StringIO(), width=200), Console(file=io.StringIO(), width=200)
    show_banner(started(), without)
    show_banner(started(web_root=tmp_path), with_it)

    assert "`make install` builds it" in shown(without)
    assert "make install" not in shown(with_it)
    assert "Open that address in a browser" in shown(with_it)
    assert "http://127.0.0.1:8000" in shown(with_it)


def test_after_the_demo_a_person_knows_how_to_try_it(started, lan) -> None:
    console = Console(file=io.StringIO(), width=80)
    show_what_to_try(started(lan=lan), DemoClass([], Path("/data/demo/class.jpg")), console)

    assert APP in shown(console)
    assert "teacher@demo.example with the password " in shown(console)
    assert "/data/demo/class.jpg" in shown(console)
