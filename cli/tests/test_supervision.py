"""Supervision, with real child processes: what they say is shown, and none of them outlives its supervisor."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from cli.tests.toys import DEAF, SLEEP, program, shown, supervising, wait_for, written_to_memory

from attendance_cli.running import LOCK_NAME, AlreadyRunningError, owning
from attendance_cli.supervision import Program, ProgramEndedError, StopAsked, Supervisor, stop_signals
from attendance_cli.testing import survivors

STUBBORN = f"{DEAF}; print('on'); {SLEEP}"
POLITE = f"""
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit()))
print('on')
{SLEEP}
"""


@pytest.fixture
def console():
    return written_to_memory()


@pytest.fixture
def supervisor(tmp_path, console):
    with owning(tmp_path) as lock, Supervisor(tmp_path / LOCK_NAME, lock, console, grace=2) as running:
        yield running


def test_what_a_program_says_is_shown_with_its_name(supervisor, console) -> None:
    supervisor.start(program("ml", f"import sys; print('ready'); print('oh', file=sys.stderr); {SLEEP}"))
    wait_for(lambda: "oh" in shown(console))
    assert "ml       | ready\n" in shown(console)
    assert "ml       | oh\n" in shown(console)


def test_a_program_finds_its_environment_and_ours(supervisor, console, monkeypatch) -> None:
    monkeypatch.setenv("FROM_US", "1")
    script = f"import os; print(os.environ['FROM_US'] + os.environ['ITS_OWN']); {SLEEP}"
    supervisor.start(Program("ml", [sys.executable, "-u", "-c", script], {"ITS_OWN": "2"}, lambda: True))
    wait_for(lambda: "| 12" in shown(console))
    assert "ml       | 12" in shown(console)


def test_all_are_gone_at_the_end_the_last_started_first(tmp_path, console) -> None:
    with owning(tmp_path) as lock, Supervisor(tmp_path / LOCK_NAME, lock, console) as supervisor:
        supervisor.start(program("database", POLITE))
        supervisor.start(program("backend", POLITE))
        wait_for(lambda: shown(console).count("| on") == 2)
        pids = supervisor.pids.values()
    assert survivors(pids) == set()
    assert shown(console).index("backend  | bye") < shown(console).index("stopping database")


def test_a_program_that_ignores_the_request_is_killed(tmp_path, console) -> None:
    with owning(tmp_path) as lock, Supervisor(tmp_path / LOCK_NAME, lock, console, grace=0.2) as supervisor:
        supervisor.start(program("ml", STUBBORN))
        wait_for(lambda: "| on" in shown(console))
        pids = supervisor.pids.values()
    assert survivors(pids) == set()
    assert "ml did not stop within 0 s and is killed" in shown(console)


def test_what_a_program_started_itself_is_gone_too(tmp_path, console) -> None:
    script = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid); {SLEEP}"
    with owning(tmp_path) as lock, Supervisor(tmp_path / LOCK_NAME, lock, console) as supervisor:
        supervisor.start(program("ml", script))
        wait_for(lambda: "ml       | " in shown(console))
        grandchild = int(shown(console).split("|")[1])
        assert psutil.pid_exists(grandchild)
    assert survivors([grandchild]) == set()


def test_the_end_of_one_program_is_seen_with_what_it_came_to(supervisor) -> None:
    supervisor.start(program("backend", SLEEP))
    supervisor.start(program("ml", "raise SystemExit(3)"))
    wait_for(supervisor.ended)
    assert supervisor.ended() == {"ml": "ended with status 3"}
    with pytest.raises(ProgramEndedError, match="ml ended with status 3"):
        supervisor.require_all_alive()


@pytest.mark.parametrize("victim", ["database", "backend"])
def test_of_a_killed_program_the_signal_is_named(supervisor, victim) -> None:
    supervisor.start(program("database", SLEEP))
    supervisor.start(program("backend", SLEEP))
    os.kill(supervisor.pids[victim], signal.SIGKILL)
    wait_for(supervisor.ended)
    assert supervisor.ended() == {victim: "ended with signal SIGKILL"}


def test_a_program_that_ends_before_it_is_ready_is_not_waited_for(supervisor) -> None:
    dying = program("ml", "raise SystemExit('no models')", ready=False)
    supervisor.start(dying)
    with pytest.raises(ProgramEndedError, match="ml ended with status 1"):
        supervisor.wait_until_ready(dying)


def test_a_program_that_is_never_ready_is_given_up(supervisor) -> None:
    slow = program("ml", SLEEP, ready=False, patience=0.2)
    supervisor.start(slow)
    with pytest.raises(ProgramEndedError, match="ml was not ready"):
        supervisor.wait_until_ready(slow)


def test_a_short_command_gives_what_it_printed(supervisor) -> None:
    echo = [sys.executable, "-c", "import os; print(input() + os.environ['MORE'])"]
    assert supervisor.run(echo, {"MORE": "!"}, "hello\n") == "hello!\n"


def test_a_short_command_that_fails_is_an_error(supervisor) -> None:
    with pytest.raises(ProgramEndedError, match="ended with status 7"):
        supervisor.run([sys.executable, "-c", "raise SystemExit(7)"], {})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_asks_for_the_end(number) -> None:
    with stop_signals(), pytest.raises(StopAsked, match=number.name):
        signal.raise_signal(number)


@pytest.fixture
def tree(tmp_path):
    with supervising(tmp_path, grace=1) as started:
        yield started


def test_nobody_outlives_a_supervisor_that_is_killed(tree) -> None:
    process, pids = tree
    process.kill()
    process.wait()
    assert survivors(pids.values()) == set()


def test_nobody_outlives_a_watchdog_that_is_killed(tree) -> None:
    process, pids = tree
    os.kill(pids["watchdog"], signal.SIGKILL)
    assert process.wait(30) != 0
    assert survivors(pids.values()) == set()


def test_nobody_else_may_start_on_the_folder_before_all_are_gone(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("attendance_cli.running._GRACE_SECONDS", 0.0)
    # A grace that no slow machine uses up: the one that ignores the request to end lives until the test ends it.
    with supervising(tmp_path, grace=600) as (process, pids):
        process.kill()
        process.wait()
        assert survivors([pids["obedient"]]) == set()
        with pytest.raises(AlreadyRunningError), owning(tmp_path):
            pass
        os.kill(pids["stubborn"], signal.SIGKILL)
        assert survivors(pids.values()) == set()
    with owning(tmp_path) as lock:
        assert lock >= 0
