"""The clock of what is kept: photos, records, and photos that a crash left behind."""

import os
from datetime import timedelta
from pathlib import Path

from backend.tests.conftest import Backend, Class, Person, inside, photos_in
from backend.tests.simulator import photo_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.privacy.retention.service import RetentionService
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.testing import ManualClock

RULES = {"class_photo_days": 30, "record_years": 2}


async def test_photos_go_after_their_days_and_records_after_their_years(
    a_class: Class, office: Person, environment: dict[str, str], mongo: Client, database_name: str, tmp_path: Path
) -> None:
    before = await office.done("GET", "/institution")
    changed = {name: value for name, value in before.items() if name not in {"version", "id"}} | RULES
    await office.done("PUT", "/institution", json=changed)
    path = f"/sessions/{a_class.session}"
    capture = await a_class.teacher.done("POST", f"{path}/captures", content=photo_of("ann"))
    await a_class.teacher.done("POST", f"{path}/close")
    clock = ManualClock(SystemClock().now() + timedelta(days=29))
    database = mongo[database_name]

    async with inside(environment, clock) as (services, _):
        retention = services.get(RetentionService)
        early = await retention.remove(SYSTEM)
        clock.go_on(timedelta(days=2))
        told = await retention.due(SYSTEM)
        photos = await retention.remove(SYSTEM)
        records_then = len((await office.done("GET", f"{path}/records"))["items"])
        clock.go_on(timedelta(days=3 * 366))
        records = await retention.remove(SYSTEM)
        again = await retention.remove(SYSTEM)

    assert (early.photos, told.photos, photos.photos) == (0, [capture["id"]], 1)
    assert not photos_in(tmp_path)
    assert (records_then, records.records, records.sessions, again.records) == (3, 3, 1, 0)
    left = [await database[name].find_one({}) for name in ("records", "captures", "sessions", "tallies")]
    assert left == [None] * 4
    entries = await database["audit"].find({"action": "kept long enough"}).sort("_id").to_list()
    assert [(entry["details"]["photos"], entry["details"]["records"]) for entry in entries] == [(1, 0), (0, 3)]


async def test_a_photo_that_a_crash_left_without_a_capture_goes_after_a_day(
    a_class: Class, backend: Backend, environment: dict[str, str], tmp_path: Path
) -> None:
    path = f"/sessions/{a_class.session}/captures"
    kept = await a_class.teacher.done("POST", path, content=photo_of("ann"))
    folder = tmp_path / "photos"
    for name in ("left-behind", "just-written"):
        (folder / name).write_bytes(b"sealed")
    yesterday = (SystemClock().now() - timedelta(days=1, hours=1)).timestamp()
    for name in ("left-behind", kept["id"]):
        os.utime(folder / name, (yesterday, yesterday))

    told = backend.command("retention", "--dry-run")
    done = backend.command("retention")

    assert "photos that nothing tells of: 1 go first" in told.stdout
    assert done.stdout.endswith("removed: 0 class photos, 1 orphans, 0 records, 0 others\n")
    assert {file.name for file in photos_in(tmp_path)} == {"just-written", kept["id"]}
