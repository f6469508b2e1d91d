"""`smart-attendance up`: three programs that start and stop together, on data that survives."""

import os
import signal
import socket

import httpx2
import pytest
from cli.tests.toys import wait_for

from attendance_cli.accounts import demo_accounts
from attendance_cli.api import Api
from attendance_cli.testing import run_command, survivors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_stops_everything_with_status_0(start, number) -> None:
    up = start()
    assert httpx2.get(f"{up.record.address}/health/ready", timeout=60).json()["status"] == "ok"
    assert set(up.programs) == {"database", "ml", "backend", "watchdog"}
    assert up.end(number) == 0
    assert survivors(up.programs.values()) == set()


def test_when_the_watchdog_dies_all_stop_and_the_status_says_so(start) -> None:
    up = start()
    os.kill(up.programs["watchdog"], signal.SIGKILL)
    assert up.process.wait(60) == 1
    assert survivors(up.programs.values()) == set()
    assert "watchdog ended with signal SIGKILL" in up.said()


def test_asked_to_stop_while_a_program_is_being_started_again_it_stops_as_ever(start) -> None:
    up = start()
    os.kill(up.programs["ml"], signal.SIGKILL)
    wait_for(lambda: "ml ended with signal SIGKILL; it is started again" in up.said())
    again = up.programs_now()
    assert up.end(signal.SIGTERM) == 0
    assert survivors([*up.programs.values(), *again.values()]) == set()


def test_killed_itself_it_leaves_no_orphan_and_no_damage(start) -> None:
    first = start()
    assert "sign in as administrator@demo.example" in first.said()
    first.end(signal.SIGKILL)
    assert survivors(first.programs.values()) == set()
    again = start()
    administrator = demo_accounts(again.home).administrator
    me = Api(again.record.address).sign_in(administrator.email, administrator.password).get("/me")
    assert me["role"] == "administrator"
    assert administrator.password not in again.said()


def test_a_changed_password_of_the_demo_administrator_is_no_reason_not_to_start(start, home) -> None:
    start().end(signal.SIGTERM)
    file = home / "demo-accounts.json"
    file.write_text(file.read_text().replace(demo_accounts(home).administrator.password, "not the one it was"))
    again = start()
    assert "with another password" in again.said()
    assert httpx2.get(f"{again.record.address}/health/ready", timeout=60).status_code == 200


def test_a_second_one_on_the_same_data_is_told_where_the_first_is(start, home) -> None:
    up = start()
    second = run_command("up", "--port", "0", "--ml-port", "0", "--data", home)
    assert second.returncode == 1
    assert up.record.address in second.stderr
    assert up.process.poll() is None
    assert survivors(up.programs.values(), seconds=0) == set(up.programs.values())


def test_a_taken_port_is_said_so_before_anything_starts(home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = run_command("up", "--port", str(port), "--ml-port", "0", "--data", home)
    assert refused.returncode == 1
    assert f"127.0.0.1:{port} is taken" in refused.stderr
    assert "--port" in refused.stderr


def test_an_administrator_can_be_made_on_the_running_site(start, home) -> None:
    up = start()
    command = ["admin", "create", "--email", "office@school.example", "--name", "Office", "--password-stdin"]
    first = run_command(*command, "--data", home, given="correct horse battery\n")
    again = run_command(*command, "--data", home, given="another password\n")
    assert (first.returncode, again.returncode) == (0, 0)
    assert (
        Api(up.record.address).sign_in("office@school.example", "correct horse battery").get("/me")["name"] == "Office"
    )
