"""Erasure of a student's face data: what is left, what a copy made before is good for, and what ends it midway."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import bson
import pytest
from backend.tests.conftest import Class, Person, inside, photos_in
from backend.tests.simulator import MODEL, Simulator, photo_of, vector_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.adapters.photos import SealedPhotos
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.privacy.schemas import Ground
from attendance_backend.domains.privacy.service import ErasureService
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.photos import PhotoGoneError
from attendance_backend.ports.testing import ManualClock
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring import adapters
from attendance_contract.errors import ErrorCode
from attendance_contract.vectors import encode_vector

MEASURED = ("similarity", "distance", "face_index", "capture_id")


@dataclass
class Copy:
    """Everything but the vault, as a backup has it."""

    documents: dict[str, list[dict[str, Any]]]
    photos: dict[str, bytes]


async def a_copy(mongo: Client, name: str, home: Path) -> Copy:
    database = mongo[name]
    collections = await database.list_collection_names()
    documents = {collection: await database[collection].find().to_list() for collection in collections}
    return Copy(documents, {path.name: path.read_bytes() for path in photos_in(home)})


async def put_back(copy: Copy, mongo: Client, name: str, home: Path) -> None:
    for collection, documents in copy.documents.items():
        await mongo[name][collection].delete_many({})
        if documents:
            await mongo[name][collection].insert_many(documents)
    for photo, content in copy.photos.items():
        (home / "photos" / photo).write_bytes(content)


async def key_of(mongo: Client, name: str, owner: str) -> bytes:
    """The id under which the vault keeps an owner's data key."""
    found = await mongo[f"{name}_vault"]["data_keys"].find_one({"keyAltNames": owner})
    return bytes(found["_id"].bytes) if found else b""


async def everything(mongo: Client, name: str, home: Path, simulator: Simulator) -> bytes:
    """All that is kept anywhere: both databases as BSON, every file but the log, what the ML service holds."""
    found = [repr(simulator.galleries).encode()]
    for database in (mongo[name], mongo[f"{name}_vault"]):
        for collection in await database.list_collection_names():
            found += [
                bson.encode(row, codec_options=database.codec_options) async for row in database[collection].find()
            ]
    return b"".join([*found, *contents(home)])


def contents(home: Path) -> list[bytes]:
    return [path.read_bytes() for path in home.rglob("*") if path.is_file()]


async def a_closed_lesson(taught: Class) -> tuple[str, str]:
    """A capture with Ann and Ben on it, and one with Ben alone; the session is closed."""
    path = f"/sessions/{taught.session}/captures"
    both = await taught.teacher.done("POST", path, content=photo_of("ann", "ben"), headers={"Idempotency-Key": "1"})
    other = await taught.teacher.done("POST", path, content=photo_of("ben", shot=2))
    await taught.teacher.done("POST", f"/sessions/{taught.session}/close")
    return both["id"], other["id"]


@pytest.mark.parametrize("ask", ["erasure", "consents/withdraw"])
async def test_nothing_of_the_face_is_left_anywhere_and_what_was_recorded_stays(
    ask: str, a_class: Class, office: Person, simulator: Simulator, mongo: Client, database_name: str, tmp_path: Path
) -> None:
    both, other = await a_closed_lesson(a_class)
    student_key = await key_of(mongo, database_name, f"student:{a_class.ann}")
    photo_key = await key_of(mongo, database_name, f"photo:{both}")
    before = await everything(mongo, database_name, tmp_path, simulator)
    vector = encode_vector(vector_of("ann"))
    assert all(trace in before for trace in (vector.encode(), student_key, photo_key))

    asked = await office.done("POST", f"/students/{a_class.ann}/{ask}")

    left = await everything(mongo, database_name, tmp_path, simulator)
    for trace in (vector.encode(), student_key, photo_key, photo_of("ann", "ben")):
        assert trace not in left
    assert not list((tmp_path / "photos").glob(f"{both}*"))
    assert (await office.ask("GET", f"/captures/{both}/photo")).json()["error_code"] == "PHOTO_GONE"
    assert (await office.ask("GET", f"/captures/{other}/photo")).content == photo_of("ben", shot=2)
    shown = await office.done("GET", f"/captures/{both}")
    assert [face["student_id"] for face in shown["faces"]] == [a_class.ben]
    records = (await office.done("GET", f"/sessions/{a_class.session}/records"))["items"]
    by_student = {record["student_id"]: record for record in records}
    assert [by_student[student]["status"] for student in (a_class.ann, a_class.ben)] == ["present", "present"]
    assert [by_student[a_class.ann][name] for name in MEASURED] == [None] * 4
    assert [change["evidence"] for change in by_student[a_class.ann]["history"]] == [None]
    assert by_student[a_class.ben]["similarity"] == 0.8
    ledger = (await office.done("GET", f"/students/{a_class.ann}/erasures"))["items"]
    assert [(entry["state"], entry["photos"], entry["records"]) for entry in ledger] == [("swept", 1, 1)]
    proof = (await office.done("GET", f"/audit?target_id={a_class.ann}&action=face data erased"))["items"]
    assert (proof[0]["details"]["photos"], proof[0]["details"]["erasure"]) == (1, ledger[0]["id"])
    assert asked["in_force"] is False if "withdraw" in ask else asked["id"] == ledger[0]["id"]


async def test_a_copy_made_before_can_not_be_read_after_and_is_erased_when_the_ledger_is_replayed(
    a_class: Class, office: Person, environment: dict[str, str], mongo: Client, database_name: str, tmp_path: Path
) -> None:
    both, _ = await a_closed_lesson(a_class)
    copy = await a_copy(mongo, database_name, tmp_path)
    await office.done("POST", f"/students/{a_class.ann}/erasure")

    await put_back(copy, mongo, database_name, tmp_path)

    assert await mongo[database_name]["erasures"].find_one() is None, "only the ledger in the vault knows of it"
    assert await mongo[database_name]["templates"].find_one({"student_id": a_class.ann})
    async with inside(environment) as (services, _):
        read = await services.get(EnrolmentService).enrolled(SYSTEM, a_class.ann, MODEL)
        assert list(read.vectors) == []
        known = {name.lower(): value for name, value in environment.items()}
        settings = BackendSettings.model_validate(
            {name: value for name, value in known.items() if name in BackendSettings.model_fields}
        )
        async with adapters(settings) as outside:
            assert isinstance(outside.photos, SealedPhotos)
            with pytest.raises(PhotoGoneError):
                await outside.photos.get(both)
        assert await services.get(ErasureService).replay(SYSTEM) == 1
    assert await mongo[database_name]["templates"].find_one({"student_id": a_class.ann}) is None
    assert await mongo[database_name]["consents"].find_one({"in_force": {"$regex": a_class.ann}}) is None
    assert not list((tmp_path / "photos").glob(f"{both}*"))


async def test_an_erasure_that_was_cut_short_goes_on_and_is_looked_at_once_more(
    a_class: Class, office: Person, simulator: Simulator, environment: dict[str, str], tmp_path: Path
) -> None:
    both, _ = await a_closed_lesson(a_class)
    clock = ManualClock(SystemClock().now())
    async with inside(environment, clock) as (services, transactions):
        erasures = services.get(ErasureService)
        await transactions.run(lambda tx: erasures.ask(SYSTEM, a_class.ann, Ground.ASKED, tx))
    assert list((tmp_path / "photos").glob(both)), "nothing but the vectors went with the crash"

    async with inside(environment, clock) as (services, _):
        erasures = services.get(ErasureService)
        clock.go_on(timedelta(minutes=1))
        simulator.switches.refuse_with = (401, ErrorCode.INVALID_API_KEY)
        await erasures.carry_on()
        told = await office.done("GET", f"/students/{a_class.ann}/erasures")
        assert (told["items"][0]["state"], list((tmp_path / "photos").glob(f"{both}*"))) == ("pending", [])
        assert a_class.ann in str(simulator.galleries)
        simulator.switches.refuse_with = None
        clock.go_on(timedelta(minutes=1))
        await erasures.carry_on()
        assert a_class.ann not in str(simulator.galleries)
        clock.go_on(timedelta(minutes=2))
        await erasures.carry_on()

    (entry,) = (await office.done("GET", f"/students/{a_class.ann}/erasures"))["items"]
    assert (entry["state"], entry["photos"], entry["templates"]) == ("done", 1, 0)
    assert (await office.ask("GET", "/students/none/erasures")).status_code == 404


async def test_who_was_seen_in_a_session_that_is_still_open_stays_present(a_class: Class, office: Person) -> None:
    path = f"/sessions/{a_class.session}"
    capture = await a_class.teacher.done("POST", f"{path}/captures", content=photo_of("ann", "zoe"))
    named = {"student_id": a_class.cleo}
    await a_class.teacher.done("PUT", f"/captures/{capture['id']}/faces/1", json=named)

    await asyncio.gather(*[office.done("POST", f"/students/{one}/erasure") for one in (a_class.ann, a_class.cleo)])

    register = await a_class.teacher.done("GET", f"{path}/register")
    rows = {row["student_id"]: (row["status"], row["source"]) for row in register["students"]}
    assert rows[a_class.ann] == rows[a_class.cleo] == ("present", "manual")
    assert (await office.done("GET", f"/captures/{capture['id']}"))["faces"] == []
