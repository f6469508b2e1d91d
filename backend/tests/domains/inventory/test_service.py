"""Photos, their keys and what tells of them, held against each other."""

import asyncio
import os
import time
import uuid

from backend.tests.conftest import Backend, Class, Person
from backend.tests.simulator import photo_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.adapters.photos import MARK
from attendance_backend.documents import id_at
from attendance_backend.domains.inventory.service import GRACE
from attendance_backend.ports.clock import SystemClock

HOURS = 3_600


async def test_what_is_left_over_is_named_first_and_removed_when_asked_and_what_is_missing_is_told(
    backend: Backend, a_class: Class, office: Person, mongo: Client, database_name: str
) -> None:
    # The program takes one of its own when it has started.
    async with asyncio.timeout(30):
        while not (await office.done("GET", "/inventories"))["items"]:  # noqa: ASYNC110  # over HTTP
            await asyncio.sleep(0.05)
    path, photos = f"/sessions/{a_class.session}/captures", backend.home / "photos"
    kept, missing = [
        (await a_class.teacher.done("POST", path, content=photo_of("ann", shot=shot)))["id"] for shot in (1, 2)
    ]
    before = SystemClock().now() - 2 * GRACE
    orphan, young, key_only = id_at(before), "being-stored", f"{id_at(before)[:-1]}1"
    for name, hours in ((orphan, 25), (young, 23)):
        (photos / name).write_bytes((photos / kept).read_bytes())
        moment = time.time() - hours * HOURS
        os.utime(photos / name, (moment, moment))
    keys = mongo[f"{database_name}_vault"]["data_keys"]
    own = await keys.find_one({"keyAltNames": f"photo:{kept}"})
    assert own is not None
    await keys.insert_one({**own, "_id": uuid.uuid4(), "keyAltNames": [f"photo:{key_only}"], "creationDate": before})
    (photos / missing).unlink()

    looked = backend.command("inventory")
    there = {one.name for one in photos.iterdir()} - {MARK}
    removed = backend.command("inventory", "--remove")
    again = backend.command("inventory")

    assert (looked.returncode, removed.returncode) == (1, 1), looked.stdout + looked.stderr
    assert f"1 are missing of which something tells: {missing}" in looked.stderr
    assert f"1 of which nothing tells would be removed: {orphan}" in looked.stdout
    assert f"1 keys of photos that are gone would be removed: {key_only}" in looked.stdout
    assert there == {kept, orphan, young}
    assert {one.name for one in photos.iterdir()} == {kept, young, MARK}
    assert await keys.find_one({"keyAltNames": f"photo:{key_only}"}) is None
    assert "0 of which nothing tells" in again.stdout
    assert (await a_class.teacher.ask("GET", f"/captures/{kept}/photo")).content == photo_of("ann", shot=1)
    told = (await office.done("GET", "/inventories"))["items"]
    assert [(one["removed"], one["orphan_ids"], one["missing_ids"]) for one in told[:3]] == [
        (False, [], [missing]),
        (True, [orphan], [missing]),
        (False, [orphan], [missing]),
    ]
    assert (await a_class.teacher.ask("GET", "/inventories")).status_code == 403
