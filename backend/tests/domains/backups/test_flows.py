"""A school's data backed up while it writes, put back where nothing is, and what was erased meanwhile erased again."""

import asyncio
import contextlib
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from backend.tests.conftest import DATABASE_PROGRAM, Backend, Class, Person, free_port
from backend.tests.forked import origin
from backend.tests.simulator import photo_of

from attendance_backend.adapters.mongo import Client, connect

APART = {"installation"}


async def contents(mongo: Client, name: str) -> dict[str, list[dict[str, Any]]]:
    """Every document of a database, by its collection."""
    database = mongo[name]
    names = set(await database.list_collection_names()) - APART
    found = {one: await database[one].find().sort("_id").to_list() for one in names}
    return {one: rows for one, rows in found.items() if rows}


async def a_lesson(taught: Class) -> str:
    path = f"/sessions/{taught.session}"
    capture = await taught.teacher.done("POST", f"{path}/captures", content=photo_of("ann", "ben"))
    await taught.teacher.done("POST", f"{path}/close")
    return str(capture["id"])


def another(backend: Backend, tmp_path: Path, **settings: str) -> Backend:
    """The program of another place, with the same keys in its folder."""
    home = tmp_path / "another"
    shutil.copytree(tmp_path / "keys", home / "keys", dirs_exist_ok=True)
    return Backend({**backend.environment, "SMART_ATTENDANCE_HOME": str(home), **settings}, home, backend.http)


async def put_back(elsewhere: Backend, file: Path, keys: Path | None = None) -> str:
    given = ["--keys", str(keys)] if keys else []
    done = await asyncio.to_thread(elsewhere.command, "restore", "--from", str(file), *given)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def database_to(database_name: str) -> str:
    """A new database of the same server."""
    return f"{database_name}_to"


@pytest.fixture
async def emptied(mongo: Client, database_to: str) -> AsyncIterator[None]:
    yield
    for made in (database_to, f"{database_to}_vault"):
        await mongo.drop_database(made)


@contextlib.asynccontextmanager
async def writing(office: Person) -> AsyncIterator[list[str]]:
    """Students made one after the other, as long as the block lasts; the ids of those that were acknowledged."""
    made: list[str] = []

    async def write() -> None:
        while True:
            number = len(made)
            new = {"roll_number": f"W-{number:04}", "name": f"student {number}"}
            made.append((await office.done("POST", "/students", json=new))["id"])

    task = asyncio.create_task(write())
    try:
        yield made
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def backed_up(backend: Backend, *arguments: str) -> str:
    done = await asyncio.to_thread(backend.command, "backup", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextlib.contextmanager
def timed(note: Callable[[str, object], None], what: str) -> Iterator[None]:
    """For the proof that tells how long its backup and its restore took."""
    began = time.monotonic()
    yield
    note(what, round(1000 * (time.monotonic() - began)))


def lost(home: Path) -> None:
    """The photos of a machine that is gone."""
    shutil.rmtree(home / "photos")


async def test_a_backup_under_write_load_is_of_one_moment_and_what_was_erased_since_is_erased_again(
    backend: Backend,
    a_class: Class,
    office: Person,
    mongo: Client,
    database_name: str,
    database_to: str,
    emptied: None,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    capture = await a_lesson(a_class)
    async with writing(office) as acknowledged:
        while len(acknowledged) < 5:  # noqa: ASYNC110  # nobody tells of it but the list
            await asyncio.sleep(0.02)
        with timed(record_property, "ms of the backup under write load"):
            assert "; whole" in await backed_up(backend, "--to", str(tmp_path / "data.backup"))
    await office.done("POST", f"/students/{a_class.ann}/erasure")
    await backed_up(backend, "--keys-to", str(tmp_path / "kept"))
    backend.stop()

    elsewhere = another(backend, tmp_path, MONGODB_DATABASE=database_to)
    (keys,) = (tmp_path / "kept").iterdir()
    with timed(record_property, "ms of its restore into a new database"):
        told = await put_back(elsewhere, tmp_path / "data.backup", keys)

    assert "1 erasures since then" in told
    assert "the vectors of 1 of 1 templates can be read" in told, "Ben's; Ann's are gone"
    rows = await contents(mongo, database_to)
    record_property("documents in it", sum(map(len, rows.values())))
    students = {row["_id"] for row in rows["students"]}
    written = [student for student in acknowledged if student in students]
    assert written == acknowledged[: len(written)], "in the order in which they were written, none left out"
    assert len(written) >= 5
    told_of = {row["target_id"] for row in rows["audit"] if row["action"] == "student created"}
    assert told_of == students, "a student and the entry that tells of them are there together or not"
    assert {row["student_id"] for row in rows["templates"]} == {a_class.ben}
    assert not list((tmp_path / "another" / "photos").glob(f"{capture}*")), "Ann was on it"
    for name, kept in rows.items():
        indexes = await mongo[database_to][name].index_information()
        assert indexes.keys() == (await mongo[database_name][name].index_information()).keys(), (name, len(kept))
    assert elsewhere.command("audit", "verify").returncode == 0

    # The same file where only the database is lost: the vault is at hand, and its ledger tells of the erasure.
    await mongo.drop_database(database_name)
    lost(tmp_path)
    assert "1 erasures since then" in await put_back(backend, tmp_path / "data.backup")
    await backend.start()
    assert (await office.done("GET", f"/students/{a_class.ann}/erasures"))["items"][0]["state"] in {"swept", "done"}
    assert (await office.done("GET", f"/subjects/{a_class.subject}"))["code"] == "MATH-1"


async def test_a_filled_database_is_refused_and_a_damaged_file_changes_nothing(
    backend: Backend, a_class: Class, mongo: Client, database_to: str, emptied: None, tmp_path: Path
) -> None:
    file = tmp_path / "data.backup"
    await backed_up(backend, "--to", str(file))
    before = await contents(mongo, backend.environment["MONGODB_DATABASE"])
    elsewhere = another(backend, tmp_path, MONGODB_DATABASE=database_to)
    damaged = tmp_path / "damaged.backup"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)

    again, filled, broken = [
        await asyncio.to_thread(program.command, *asked)
        for program, asked in (
            (backend, ("backup", "--to", str(file))),
            (backend, ("restore", "--from", str(file))),
            (elsewhere, ("restore", "--from", str(damaged))),
        )
    ]

    assert (again.returncode, filled.returncode, broken.returncode) == (2, 2, 2)
    assert "BACKUP_EXISTS" in again.stderr
    assert "TARGET_NOT_EMPTY" in filled.stderr
    assert "BACKUP_UNREADABLE" in broken.stderr
    assert (await contents(mongo, backend.environment["MONGODB_DATABASE"]))["students"] == before["students"]
    assert await contents(mongo, database_to) == {}


async def another_photo(taught: Class, period: int) -> str:
    asked = {"subject_id": taught.subject, "date": "2026-11-20", "period": period}
    session = (await taught.teacher.done("POST", "/sessions", json=asked))["id"]
    photo = photo_of("ben", shot=period)
    return str((await taught.teacher.done("POST", f"/sessions/{session}/captures", content=photo))["id"])


def photos_in(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home / "photos").iterdir()}


async def test_of_a_chain_of_backups_the_last_is_put_back_without_what_was_erased_before_it(
    backend: Backend, a_class: Class, office: Person, database_to: str, emptied: None, tmp_path: Path
) -> None:
    whole, second, third = [tmp_path / name for name in ("whole.backup", "second.backup", "third.backup")]
    first = await a_lesson(a_class)
    await backed_up(backend, "--to", str(whole))
    await another_photo(a_class, 2)
    told = await backed_up(backend, "--to", str(second), "--since", str(whole))
    assert "in whole.backup and before" in told
    await office.done("POST", f"/students/{a_class.ann}/erasure")
    async with asyncio.timeout(30):
        while any(name.startswith(first) for name in photos_in(tmp_path)):  # noqa: ASYNC110  # a folder tells nobody
            await asyncio.sleep(0.05)
    await another_photo(a_class, 3)
    await backed_up(backend, "--to", str(third), "--since", str(second))
    await backed_up(backend, "--keys-to", str(tmp_path / "kept"))
    (keys,) = (tmp_path / "kept").iterdir()
    backend.stop()
    elsewhere = another(backend, tmp_path, MONGODB_DATABASE=database_to)

    second.rename(tmp_path / "away")
    refused = await asyncio.to_thread(elsewhere.command, "restore", "--from", str(third))
    (tmp_path / "away").rename(second)
    assert refused.returncode == 2
    assert "BACKUP_MISSING" in refused.stderr
    assert "builds on second.backup" in refused.stderr
    assert "; whole" in await backed_up(elsewhere, "--verify", str(third))
    assert "2 of 2 photos can be read" in await put_back(elsewhere, third, keys)
    assert photos_in(tmp_path / "another") == photos_in(tmp_path)


async def test_a_restore_killed_at_any_moment_is_run_again_and_until_then_nothing_starts(
    backend: Backend, a_class: Class, mongo: Client, database_to: str, emptied: None, tmp_path: Path
) -> None:
    await a_lesson(a_class)
    backend.stop()
    await backed_up(backend, "--to", str(tmp_path / "data.backup"))
    await backed_up(backend, "--keys-to", str(tmp_path / "kept"))
    (keys,) = (tmp_path / "kept").iterdir()
    elsewhere = another(backend, tmp_path, MONGODB_DATABASE=database_to)
    asked = ("restore", "--from", str(tmp_path / "data.backup"), "--keys", str(keys))

    cut = origin().start(*asked, env=elsewhere.environment, output=tmp_path / "cut.log")
    async with asyncio.timeout(30):
        while not await mongo[database_to]["students"].find_one():  # noqa: ASYNC110  # it is looked for in a database
            await asyncio.sleep(0.005)
    cut.kill()
    cut.wait()
    refused = await asyncio.to_thread(elsewhere.command, "serve")
    told = await put_back(elsewhere, tmp_path / "data.backup", keys)

    assert (refused.returncode, "RESTORE_UNFINISHED" in refused.stderr) == (2, True)
    assert "the vectors of 2 of 2 templates can be read" in told
    assert "1 of 1 photos can be read" in told
    there, put = [await contents(mongo, name) for name in (backend.environment["MONGODB_DATABASE"], database_to)]
    assert put["records"] == there["records"]
    assert put["students"] == there["students"]


async def test_a_copy_on_another_server_is_what_was_copied_and_a_filled_one_is_refused(
    backend: Backend, a_class: Class, mongo: Client, database_name: str, tmp_path: Path
) -> None:
    capture = await a_lesson(a_class)
    backend.stop()
    with another_server(tmp_path / "server") as uri:
        done, refused = [await asyncio.to_thread(backend.command, "db", "copy", "--to", uri) for _ in range(2)]
        assert done.returncode == 0, done.stderr
        assert (refused.returncode, "TARGET_NOT_EMPTY" in refused.stderr) == (2, True)
        other = connect(uri)
        for name in (database_name, f"{database_name}_vault"):
            assert await contents(other, name) == await contents(mongo, name), name
        await other.close()
        moved = Backend({**backend.environment, "MONGODB_URI": uri}, tmp_path, backend.http)
        await moved.start()
        shown = await a_class.teacher.ask("GET", f"/captures/{capture}/photo")
        moved.kill()
    assert shown.content == photo_of("ann", "ben")


@contextlib.contextmanager
def another_server(storage: Path) -> Iterator[str]:
    port = free_port()
    command = [DATABASE_PROGRAM, "--port", str(port), "--storage-path", storage, "--sync-on-commit"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield f"mongodb://127.0.0.1:{port}/"
        process.kill()
