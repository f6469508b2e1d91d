"""The embedded database on a disk that is full: what is said meanwhile, and what is there when there is room again."""

import os
from itertools import count
from pathlib import Path

import httpx2
from backend.tests.conftest import EMAIL, PASSWORD, Backend, a_disk, first_administrator, inside, sign_in
from backend.tests.test_wiring import Database
from pymongo.errors import PyMongoError

from attendance_backend.adapters.mongo import Client, MongoTransactions, connect, wait_until_reachable

ROOM, MORE_ROOM = "48m", "256m"
ROW_BYTES = 200_000


async def fill(client: Client) -> int:
    """Write rows, each in a transaction as the program's own, until that fails; how many were acknowledged."""
    transactions, rows = MongoTransactions(client.start_session), client["filling"]["rows"]
    for number in count():
        row = {"_id": number, "bytes": os.urandom(ROW_BYTES)}
        try:
            await transactions.run(lambda tx, row=row: rows.insert_one(row, session=tx))
        except PyMongoError:
            return number
    raise AssertionError("never full")


async def test_a_database_without_room_is_said_to_be_away_and_has_everything_once_there_is_some(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with a_disk(tmp_path / "disk", ROOM) as more_room:
        database = Database(tmp_path / "disk" / "database")
        database.switch_on()
        environment["MONGODB_URI"] = f"mongodb://127.0.0.1:{database.port}/?directConnection=true"
        client = connect(environment["MONGODB_URI"])
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{environment['PORT']}", timeout=60) as http:
            backend = Backend(environment, tmp_path, http)
            await backend.start()
            async with inside(environment) as services:
                await first_administrator(services)
            office = await sign_in(http, EMAIL, PASSWORD)
            student = {"roll_number": "1", "name": "Ann"}
            made = await office.done("POST", "/students", json=student)

            acknowledged = await fill(client)
            refused = await office.ask("POST", "/students", json={"roll_number": "2", "name": "Ben"})
            unready = await http.get("/health/ready")
            database.switch_off()
            more_room(MORE_ROOM)
            database.switch_on()
            await wait_until_reachable(client)
            students = await office.done("GET", "/students")
            rows = await client["filling"]["rows"].find({}, {"_id": 1}).to_list()
            added = await office.ask("POST", "/students", json={"roll_number": "2", "name": "Ben"})
            backend.stop()
        await client.close()
        database.switch_off()

    assert (refused.status_code, refused.json()["error_code"]) == (503, "DATABASE_UNAVAILABLE")
    assert unready.status_code == 503
    assert [each["id"] for each in students["items"]] == [made["id"]]
    assert {row["_id"] for row in rows} >= set(range(acknowledged - 1)), "of the engine's own the very last may be lost"
    assert added.status_code == 201


async def test_without_the_reserve_no_change_is_taken_and_with_it_all_are_again(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with a_disk(tmp_path / "home", "32m") as more_room:
        environment["SMART_ATTENDANCE_HOME"] = str(tmp_path / "home")
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{environment['PORT']}", timeout=60) as http:
            backend = Backend(environment, tmp_path, http)
            await backend.start()
            async with inside(environment) as services:
                await first_administrator(services)
            office = await sign_in(http, EMAIL, PASSWORD)
            student = {"roll_number": "1", "name": "Ann"}
            refused = await office.ask("POST", "/students", json=student, headers={"Idempotency-Key": "ann"})
            students = await office.done("GET", "/students")
            more_room("256m")
            taken = await office.ask("POST", "/students", json=student, headers={"Idempotency-Key": "ann"})
            backend.stop()

    assert (refused.status_code, refused.json()["error_code"]) == (507, "INSUFFICIENT_STORAGE")
    assert students["items"] == []
    assert taken.status_code == 201
