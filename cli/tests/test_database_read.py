"""Whether a database reads, asked of the embedded one itself: well, silent, gone, and with its files in a panic."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
from backend.tests.conftest import a_disk
from cli.tests.toys import shown, wait_for, written_to_memory
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from attendance_cli import programs
from attendance_cli.database_read import reads
from attendance_cli.keeping import Keeper
from attendance_cli.network import LOOPBACK, free_port
from attendance_cli.restarts import Pace
from attendance_cli.running import LOCK_NAME, owning
from attendance_cli.supervision import Supervisor

SECONDS = 30.0
AT_ONCE = Pace(first_wait=0.02, look_every=0.0, misses=3)


@pytest.fixture
def console():
    return written_to_memory()


@pytest.fixture
def supervisor(tmp_path, console):
    with owning(tmp_path) as lock, Supervisor(tmp_path / LOCK_NAME, lock, console) as running:
        yield running


def started(supervisor: Supervisor, storage: Path) -> int:
    """An embedded database, ready; its port."""
    port = free_port()
    database = programs.database(storage, port)
    supervisor.start(database)
    supervisor.wait_until_ready(database)
    return port


def rows(port: int) -> MongoClient:
    return MongoClient(LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=60_000)


def fill(client: MongoClient) -> int:
    """Write until that fails; how many rows were acknowledged."""
    for number in range(10_000):
        try:
            client["filling"]["rows"].insert_one({"_id": number, "bytes": os.urandom(200_000)})
        except PyMongoError:
            return number
    raise AssertionError("never full")


def test_it_reads_until_it_falls_silent_and_not_when_it_is_gone(supervisor, tmp_path) -> None:
    port = started(supervisor, tmp_path / "database")
    well = reads(LOOPBACK, port, SECONDS)
    os.kill(supervisor.pids["database"], signal.SIGSTOP)
    silent = reads(LOOPBACK, port, 0.2)
    os.kill(supervisor.pids["database"], signal.SIGCONT)
    supervisor.kill("database")
    gone = reads(LOOPBACK, port, SECONDS)
    assert (well, silent, gone) == (True, False, False)


def test_one_that_answers_pings_and_reads_nothing_is_started_again_on_its_port(supervisor, console, tmp_path) -> None:
    with a_disk(tmp_path / "disk", "48m") as more_room:
        port = started(supervisor, tmp_path / "disk" / "database")
        with closing(rows(port)) as client:
            acknowledged = fill(client)
            pings = client.admin.command("ping")["ok"]
            in_panic = reads(LOOPBACK, port, SECONDS)
            more_room("256m")
            keeper = Keeper(supervisor, AT_ONCE)

            def is_back() -> bool:
                keeper.step()
                return "database is ready again" in shown(console)

            wait_for(is_back)
            found = {row["_id"] for row in client["filling"]["rows"].find({}, {"_id": 1})}
            well = reads(LOOPBACK, port, SECONDS)
        supervisor.kill("database")
    assert (pings, in_panic, well) == (1, False, True)
    assert "database did not answer 3 times in a row and was killed" in shown(console)
    assert found >= set(range(acknowledged - 1)), "of the engine's own the very last may be lost"
