"""Every collection says what it keeps of people; a whole story is found in the export and goes with its time."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from backend.tests.conftest import Class, Person, inside
from backend.tests.domains.privacy.story import (
    ASKED,
    EXCUSED,
    MOTHER,
    NOT_HERS,
    WRONG,
    anns_story,
    import_of_ann,
    rows_with,
)
from backend.tests.simulator import Simulator, vector_of
from pymongo import IndexModel

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.lookalikes.service import LookalikesService
from attendance_backend.domains.privacy.retention.schemas import Removed
from attendance_backend.domains.privacy.retention.service import RetentionService
from attendance_backend.kept import PROOF, SCHOOL, WITH_RECORDS, Kept, UndeclaredCollectionError, declared
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.testing import ManualClock
from attendance_backend.wiring.domains import KEPT, STORES
from attendance_contract.vectors import encode_vector

BY_THEIR_OWN = {"templates", "enrolment_photos", "lookalikes", "records", "processes"}
"""What an erasure, the flow that is named by a setting, or the process itself takes away."""


def a_store(indexes: dict[str, list[IndexModel]], kept: dict[str, Kept]) -> ModuleType:
    made = ModuleType("a_store")
    vars(made).update(INDEXES=indexes, KEPT=kept)
    return made


def test_a_collection_that_declares_nothing_keeps_the_program_from_starting() -> None:
    said = Kept("something", SCHOOL)
    with pytest.raises(UndeclaredCollectionError, match="secrets"):
        declared([a_store({"secrets": []}, {})])
    with pytest.raises(UndeclaredCollectionError, match="twice"):
        declared([a_store({"one": []}, {"one": said}), a_store({}, {"one": said})])

    assert declared([a_store({"one": []}, {"one": said}), a_store({"one": []}, {})]) == {"one": said}


def test_what_is_to_be_forgotten_has_something_that_forgets_it() -> None:
    indexes = [(name, index.document) for store in STORES for name, own in store.INDEXES.items() for index in own]
    forgotten = {name for name, index in indexes if "expireAfterSeconds" in index}
    kept_on = {name for name, kept in KEPT.items() if kept.until in {SCHOOL, PROOF, WITH_RECORDS}}
    by_the_clock = {name for name, kept in KEPT.items() if kept.session or kept.aged or kept.days}

    by_a_setting = {"captures", "notices", "webhook_deliveries"}
    assert set(KEPT) - forgotten - kept_on - by_the_clock - BY_THEIR_OWN == by_a_setting
    assert {name for name, kept in KEPT.items() if kept.found_by and kept.apart} == set()


def fields(row: dict[str, Any], shape: tuple[str, ...]) -> set[str]:
    """The fields of a row, and those within it where a declaration looks there."""
    deep = {name.partition(".")[0] for name in shape if "." in name}
    return {f"{name}.{inner}" for name in deep for inner in row[name]} | (row.keys() - deep)


async def test_everything_that_names_a_student_is_in_their_export_or_says_why_not(
    a_class: Class, office: Person, environment: dict[str, str], mongo: Client, database_name: str
) -> None:
    story = await anns_story(a_class, office, mongo, database_name)
    async with inside(environment) as (services, _):
        await services.get(LookalikesService).compare_new()
    there = await rows_with(mongo, database_name, story.names)

    answer = await story.person.ask("GET", f"/students/{story.student}/export.zip")

    assert set(await mongo[database_name].list_collection_names()) <= set(KEPT)
    found = {name for name in there if KEPT[name].found_by}
    assert {name for name in there if not KEPT[name].found_by} == {name for name in there if KEPT[name].apart}
    assert found >= {"check_ins", "correction_requests", "excuses", "face_import_photos", "lookalikes", "account_links"}
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        content = {name: file.read(name).decode() for name in file.namelist() if name.endswith(".json")}
    for name in found - {"audit"}:
        told = len(json.loads(content[f"{name}.json"]))
        assert told == len(there[name]), name
    for name in found:
        declared_fields = {*KEPT[name].shows, *KEPT[name].hides, "schema_version", "_id"}
        assert {field for row in there[name] for field in fields(row, KEPT[name].shows)} <= declared_fields, name
    everything = "".join(content.values())
    assert all(text in everything for text in (EXCUSED, ASKED, WRONG, MOTHER, NOT_HERS, "R-ann.jpg", "face enrolled"))
    secrets = (a_class.ben, encode_vector(vector_of("ann")), "argon2", "token_digest", "digest")
    assert [secret for secret in secrets if secret in everything] == []


async def test_after_its_time_nothing_is_left_but_what_the_school_keeps(
    a_class: Class, office: Person, environment: dict[str, str], mongo: Client, database_name: str
) -> None:
    story = await anns_story(a_class, office, mongo, database_name)
    before = await office.done("GET", "/institution")
    changed = {name: value for name, value in before.items() if name not in {"version", "id"}}
    await office.done("PUT", "/institution", json={**changed, "record_years": 2})
    clock = ManualClock(SystemClock().now() + timedelta(days=3 * 366))

    async with inside(environment, clock) as (services, _):
        retention = services.get(RetentionService)
        removed = await retention.remove(SYSTEM)
        while await retention.remove(SYSTEM) != Removed():
            pass

    there = await rows_with(mongo, database_name, (*story.names, story.session))
    goes = {n for n, kept in KEPT.items() if kept.session or kept.aged or kept.days or kept.until == WITH_RECORDS}
    assert (removed.records, removed.others) == (3, 4), "an excuse, an import and its photo, a photo sent"
    assert there.keys() & goes == set()
    assert "records" not in there
    assert {"students", "users", "audit", "consents"} <= there.keys()


async def test_a_photo_that_waits_in_an_import_goes_with_the_face(
    a_class: Class, office: Person, simulator: Simulator, mongo: Client, database_name: str, tmp_path: Path
) -> None:
    simulator.switches.status = 503
    await import_of_ann(office)
    (waiting,) = await mongo[database_name]["face_import_photos"].find({"sealed": True}).to_list()
    assert (tmp_path / "photos" / waiting["_id"]).exists()

    await office.done("POST", f"/students/{a_class.ann}/erasure")

    told = await mongo[database_name]["face_import_photos"].find_one({"_id": waiting["_id"]})
    assert told is not None
    assert (told["state"], told["error_code"], told["sealed"]) == ("refused", "PHOTO_GONE", False)
    assert not (tmp_path / "photos" / waiting["_id"]).exists()
    assert (
        await mongo[f"{database_name}_vault"]["data_keys"].find_one({"keyAltNames": f"photo:{waiting['_id']}"}) is None
    )
