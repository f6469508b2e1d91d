"""Programs that die, hang or come to nothing, with real child processes: who is started again, and when all ends."""

import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from cli.tests.toys import DEAF, SLEEP, program, shown, supervising, wait_for, written_to_memory
from rich.console import Console

from attendance_cli.keeping import Keeper
from attendance_cli.restarts import Pace
from attendance_cli.running import LOCK_NAME, owning
from attendance_cli.supervision import Program, ProgramEndedError, Supervisor
from attendance_cli.testing import survivors

AT_ONCE = Pace(first_wait=0.02, longest_wait=0.04, tries=3, look_every=0.0, misses=3)


@pytest.fixture
def console() -> Console:
    return written_to_memory()


@pytest.fixture
def supervisor(tmp_path, console):
    with owning(tmp_path) as lock, Supervisor(tmp_path / LOCK_NAME, lock, console, grace=2) as running:
        yield running


def keep(keeper: Keeper, condition) -> None:
    """Keep everything running until something is so."""

    def kept() -> bool:
        keeper.step()
        return bool(condition())

    wait_for(kept)


def kill(supervisor: Supervisor, name: str) -> None:
    """And return when everybody can see it."""
    os.kill(supervisor.pids[name], signal.SIGKILL)
    wait_for(lambda: name in supervisor.ended())


def test_who_is_killed_is_started_again_while_the_others_go_on(supervisor, console) -> None:
    supervisor.start(program("database", SLEEP))
    supervisor.start(program("ml", SLEEP))
    keeper, before = Keeper(supervisor, AT_ONCE), dict(supervisor.pids)

    kill(supervisor, "ml")
    keep(keeper, lambda: "ml is ready again" in shown(console))

    assert "ml ended with signal SIGKILL; it is started again in 0.02 s" in shown(console)
    assert supervisor.ended() == {}
    assert supervisor.pids["database"] == before["database"]
    assert supervisor.pids["ml"] != before["ml"]


def test_who_ends_by_itself_is_started_again_too(supervisor, console) -> None:
    supervisor.start(program("ml", "raise SystemExit(0)"))
    keeper = Keeper(supervisor, replace(AT_ONCE, tries=1000))
    keep(keeper, lambda: shown(console).count("ml ended with status 0") == 4)
    assert "started again in 0.02 s" in shown(console)
    assert "started again in 0.04 s" in shown(console)


def test_what_it_says_after_a_restart_is_shown_and_nothing_piles_up(supervisor, console) -> None:
    supervisor.start(program("ml", f"print('on'); {SLEEP}"))
    wait_for(lambda: shown(console).count("| on") == 1)
    keeper, threads, files = Keeper(supervisor, AT_ONCE), threading.active_count(), psutil.Process().num_fds()

    restarts = 4
    for times in range(2, 2 + restarts):
        kill(supervisor, "ml")
        keep(keeper, lambda times=times: shown(console).count("| on") == times)

    assert threading.active_count() < threads + restarts
    assert psutil.Process().num_fds() < files + restarts


def test_one_that_can_t_start_any_more_is_given_up(tmp_path, supervisor, console) -> None:
    script = f"""
from pathlib import Path
mark = Path({str(tmp_path / "mark")!r})
if mark.exists():
    raise SystemExit(4)
mark.touch()
{SLEEP}
"""
    lucky = True
    supervisor.start(Program("ml", [sys.executable, "-c", script], {}, lambda: lucky))
    wait_for((tmp_path / "mark").exists)
    keeper, lucky = Keeper(supervisor, AT_ONCE), False
    kill(supervisor, "ml")
    with pytest.raises(
        ProgramEndedError, match="ml ended with status 4; it was started 3 times and never became ready"
    ):
        keep(keeper, lambda: False)
    assert shown(console).count("ml ended with status 4; it is started again") == 2


def test_one_that_hangs_at_its_start_is_killed_and_given_up_as_well(supervisor) -> None:
    hanging = program("ml", SLEEP, ready=False, patience=0.05)
    supervisor.start(hanging)
    keeper = Keeper(supervisor, AT_ONCE)
    kill(supervisor, "ml")
    with pytest.raises(ProgramEndedError, match="ml was not ready after 0 s; it was started 3 times"):
        keep(keeper, lambda: False)
    assert supervisor.ended() == {"ml": "ended with signal SIGKILL"}


def test_one_that_lives_and_answers_nothing_is_killed_and_started_again(supervisor, console) -> None:
    answers = iter([False] * 3)
    hung = Program(
        "database", [sys.executable, "-c", f"{DEAF}; {SLEEP}"], {}, lambda: True, is_well=lambda: next(answers, True)
    )
    supervisor.start(hung)
    before = supervisor.pids["database"]
    keep(Keeper(supervisor, AT_ONCE), lambda: "database is ready again" in shown(console))
    assert "database did not answer 3 times in a row and was killed; it is started again" in shown(console)
    assert survivors([before]) == set()


def test_who_is_slow_to_answer_now_and_then_is_left_alone(supervisor, console) -> None:
    answers = iter([False, False, True] * 5)
    asked = []
    supervisor.start(
        Program(
            "database",
            [sys.executable, "-c", SLEEP],
            {},
            lambda: True,
            is_well=lambda: asked.append(next(answers)) or asked[-1],
        )
    )
    keep(Keeper(supervisor, AT_ONCE), lambda: len(asked) == 15)
    assert shown(console) == ""
    assert supervisor.ended() == {}


def test_who_is_asked_and_says_nothing_delays_nobody_else_s_restart(supervisor, console) -> None:
    asked, answered = threading.Event(), threading.Event()

    def hangs() -> bool:
        asked.set()
        return answered.wait(600)

    supervisor.start(Program("backend", [sys.executable, "-c", SLEEP], {}, lambda: True, is_well=hangs))
    supervisor.start(program("ml", SLEEP))
    keeper = Keeper(supervisor, AT_ONCE)
    keep(keeper, asked.is_set)
    kill(supervisor, "ml")
    keep(keeper, lambda: "ml is ready again" in shown(console))
    answered.set()
    assert "backend" not in shown(console)


def test_without_the_watchdog_nothing_goes_on(supervisor) -> None:
    supervisor.start(program("ml", SLEEP))
    keeper = Keeper(supervisor, AT_ONCE)
    os.kill(supervisor._watchdog.pid, signal.SIGKILL)
    with pytest.raises(ProgramEndedError, match="watchdog ended with signal SIGKILL"):
        keep(keeper, lambda: False)


def test_a_disk_too_full_for_what_it_says_is_no_reason_to_end(tmp_path) -> None:
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115  # to close it fails as well
    with owning(tmp_path) as lock, Supervisor(tmp_path / LOCK_NAME, lock, Console(file=full)) as supervisor:
        supervisor.start(program("ml", SLEEP))
        keeper, before = Keeper(supervisor, AT_ONCE), supervisor.pids["ml"]
        kill(supervisor, "ml")
        keep(keeper, lambda: supervisor.pids["ml"] != before)
        assert supervisor.ended() == {}
    with suppress(OSError):
        full.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_while_one_waits_for_its_restart_everything_stops(tmp_path: Path, number) -> None:
    with supervising(tmp_path, grace=0.5, wait=600) as (process, pids):
        os.kill(pids["obedient"], signal.SIGKILL)
        wait_for(lambda: "it is started again in 600 s" in (tmp_path / "said").read_text())
        process.send_signal(number)
        assert process.wait(30) == 0
        assert survivors(pids.values()) == set()
        assert (tmp_path / "said").read_text().count("started again") == 1


def test_nobody_outlives_a_supervisor_that_is_killed_after_a_restart(tmp_path: Path) -> None:
    with supervising(tmp_path, grace=0.5, wait=0.05) as (process, pids):
        os.kill(pids["obedient"], signal.SIGKILL)
        wait_for(lambda: "is ready again" in (tmp_path / "said").read_text())
        again = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        process.kill()
        process.wait()
        assert survivors([*pids.values(), *again]) == set()
        assert len(again) == 3
