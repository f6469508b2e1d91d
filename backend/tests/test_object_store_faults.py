"""Photos in an object store that is cut off in mid-word, away, silent, slow, locked or emptied."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx2
import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Class, Person, new_class, running_alone, sign_in
from backend.tests.domains.attendance.test_flows_recognition import PATIENCE, until
from backend.tests.proxy import Moment, Proxy, running_proxy
from backend.tests.s3 import S3, Bucket, keys
from backend.tests.simulator import JPEG, Simulator, running_simulator

from attendance_backend.adapters.mongo import Client
from attendance_backend.adapters.photos import MARK

LARGE = 1_500_000
"""Bytes of a photo: some twenty pieces on the wire."""
STORING = b"PUT /"
shots = count(1)


@dataclass
class School:
    """A class whose photos go into a bucket over a wire that can fail."""

    backend: Backend
    wire: Proxy
    bucket: Bucket
    simulator: Simulator
    office: Person
    a_class: Class

    @property
    def path(self) -> str:
        return f"/sessions/{self.a_class.session}/captures"

    async def submit(self, photo: bytes) -> httpx2.Response:
        """Ask with a key of the photo's own: to ask again is to retry."""
        return await self.a_class.teacher.ask(
            "POST", self.path, content=photo, headers={"Idempotency-Key": str(hash(photo))}
        )

    async def kept(self, photo: bytes) -> dict[str, Any]:
        answer = await self.submit(photo)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def shown(self, capture: dict[str, Any]) -> httpx2.Response:
        return await self.a_class.teacher.ask("GET", f"/captures/{capture['id']}/photo")

    async def captures(self) -> list[str]:
        register = await self.a_class.teacher.done("GET", f"/sessions/{self.a_class.session}/register")
        return [capture["id"] for capture in register["captures"]]

    async def until_log_has(self, event: str, more_than: int = 0) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.backend.output.count(event) <= more_than:  # noqa: ASYNC110  # another program's log
                await asyncio.sleep(0.05)


def a_photo(*names: str) -> bytes:
    """One that takes many pieces to send, and is like no other."""
    return JPEG + f"{next(shots):0{LARGE}}:{','.join(names)}".encode()


def is_away(answer: httpx2.Response) -> bool:
    told: dict[str, Any] = answer.json()
    return (answer.status_code, told["error_code"], answer.headers["Retry-After"]) == (503, "PHOTOS_UNAVAILABLE", "30")


@pytest.fixture(scope="module")
async def everything(
    program_environment: dict[str, str],
    mongodb_uri: str,
    mongo: Client,
    s3: S3,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[School]:
    bucket, home = s3.bucket(), tmp_path_factory.mktemp("home")
    async with running_proxy(s3.port) as wire, running_simulator() as simulator:
        settings = {
            **keys(wire.port),
            "ML_SERVICE_URL": simulator.url,
            "PHOTO_STORE": bucket.address,
            "PHOTO_STORE_PLAIN_HTTP": "yes",
            "PHOTO_STORE_TIMEOUT": "4",
        }
        async with running_alone(program_environment, mongo, mongodb_uri, home, **settings) as backend:
            office = await sign_in(backend.http, EMAIL, PASSWORD)
            yield School(backend, wire, bucket, simulator, office, await new_class(office))


@pytest.fixture
async def school(everything: School) -> AsyncIterator[School]:
    """The wire as it should be, before and after."""
    yield everything
    wire = everything.wire
    wire.delay, wire.trickle, wire.moment = 0.0, None, None
    wire.speaks.set()
    wire.refuse()
    await wire.start()


@pytest.mark.parametrize("how", ["hang_up", "reset"])
async def test_an_upload_that_is_cut_off_once_goes_through_and_nobody_notices(school: School, how: str) -> None:
    before, lying = await school.captures(), school.bucket.names()
    photo = a_photo("ann")
    school.wire.moment = Moment([STORING], getattr(school.wire, how), beyond=LARGE // 2)

    capture = await school.kept(photo)

    assert school.wire.moment is None, "it was cut"
    assert await school.captures() == [*before, capture["id"]]
    assert school.bucket.names() - lying == {capture["id"]}
    assert (await school.shown(capture)).content == photo


async def test_an_upload_that_is_cut_off_for_good_is_told_and_its_retry_keeps_one_photo(school: School) -> None:
    before, lying = await school.captures(), school.bucket.names()
    photo = a_photo("ben")
    school.wire.moment = Moment([STORING], school.wire.refuse, beyond=LARGE // 2)

    refused = await school.submit(photo)
    left, told_of = school.bucket.names(), await school.captures()
    await school.wire.start()
    capture, again = await school.kept(photo), await school.kept(photo)

    assert is_away(refused)
    assert (left, told_of) == (lying, before), "nothing half-written"
    assert again["id"] == capture["id"]
    assert await school.captures() == [*before, capture["id"]]
    assert school.bucket.names() - lying == {capture["id"]}
    assert (await school.shown(capture)).content == photo


async def test_a_photo_whose_keeping_nobody_confirms_is_asked_for_again_and_kept_once(school: School) -> None:
    lying = school.bucket.names()
    photo = a_photo("ann")
    school.wire.moment = Moment([STORING], school.wire.reset, answered=True)

    capture = await school.kept(photo)

    assert school.bucket.names() - lying == {capture["id"]}
    assert (await school.shown(capture)).content == photo


async def test_a_store_that_falls_silent_is_told_to_be_away_and_all_else_goes_on(school: School) -> None:
    capture = await school.kept(a_photo("ann"))
    school.wire.speaks.clear()

    waiting = asyncio.gather(school.shown(capture), school.submit(a_photo("ben")))
    marked = await school.a_class.teacher.ask(
        "PUT", f"/sessions/{school.a_class.session}/marks/{school.a_class.cleo}", json={"status": "present"}
    )
    answers = await waiting

    assert marked.status_code == 200
    assert [is_away(answer) for answer in answers] == [True, True]


async def test_a_slow_store_gives_photos_whole_and_one_that_trickles_none(school: School) -> None:
    photo = a_photo("ann")
    capture = await school.kept(photo)

    school.wire.delay = 0.01
    slow = await school.shown(capture)
    school.wire.trickle, school.wire.delay = 1_000, 0.1
    trickling = await school.shown(capture)

    assert slow.content == photo
    assert is_away(trickling), "never a part of a photo"


async def test_photos_that_wait_while_the_store_is_away_are_recognised_once_when_it_is_back(school: School) -> None:
    before = await school.captures()
    await school.simulator.stop()
    capture = await school.kept(a_photo("ben"))
    school.wire.refuse()
    worked_on = school.backend.output.count("capture_worked_on")
    school.simulator.calls.clear()

    await school.simulator.start()
    await school.until_log_has("capture_worked_on", worked_on)
    waiting = await school.a_class.teacher.done("GET", f"/captures/{capture['id']}")
    await school.wire.start()
    shown = await until(school.a_class.teacher, f"/captures/{capture['id']}", "recognised")

    assert waiting["state"] in {"received", "leased"}
    assert [face["student_id"] for face in shown["faces"]] == [school.a_class.ben]
    assert [call.rpartition("/")[2] for call in school.simulator.calls].count("recognize") == 1
    assert await school.captures() == [*before, capture["id"]]


async def test_whoever_starts_without_the_store_does_everything_but_photos_until_it_is_there(school: School) -> None:
    capture = await school.kept(a_photo("ann"))
    school.backend.stop()
    school.wire.refuse()

    await school.backend.start()
    health = await school.backend.http.get("/health/ready")
    me, refused = await school.office.done("GET", "/me"), await school.shown(capture)
    await school.wire.start()
    back = await school.shown(capture)

    assert (health.status_code, health.json()["checks"]["photos"]) == (200, "unavailable")
    assert me["email"] == EMAIL
    assert is_away(refused)
    assert back.status_code == 200
    assert (await school.backend.http.get("/health/ready")).json()["checks"]["photos"] == "ok"


async def test_a_key_that_the_store_does_not_take_is_told_in_the_log_and_nowhere_shown(school: School, s3: S3) -> None:
    capture = await school.kept(a_photo("ann"))

    with s3.asking_for_keys():
        refused = await school.shown(capture)

    assert is_away(refused)
    assert "InvalidAccessKeyId" in school.backend.output
    secrets = [value for name, value in keys(school.wire.port).items() if "KEY" in name]
    assert not [secret for secret in secrets if secret in school.backend.output + refused.text]
    assert (await school.shown(capture)).status_code == 200
    assert "photo_store_answers_again" in school.backend.output


async def test_what_is_erased_lies_in_no_bucket_and_an_inventory_tells_what_is_missing(school: School) -> None:
    erased, missing = await school.kept(a_photo("ann")), await school.kept(a_photo("ben"))

    removed = await school.a_class.teacher.ask("DELETE", f"/captures/{erased['id']}")
    school.bucket.remove(missing["id"])
    gone = await school.shown(missing)
    told = await asyncio.to_thread(school.backend.command, "inventory")
    lying = school.bucket.names() - {MARK}
    await school.a_class.teacher.done("DELETE", f"/captures/{missing['id']}")

    assert removed.status_code == 204
    assert erased["id"] not in school.bucket.names()
    assert (gone.status_code, gone.json()["error_code"]) == (410, "PHOTO_GONE")
    assert told.returncode == 1, told.stdout + told.stderr
    assert f"1 are missing of which something tells: {missing['id']}" in told.stderr
    assert f"{len(lying)} photos lie in the store" in told.stdout


async def test_a_backup_has_the_photos_of_a_bucket_and_fills_another_with_them(
    school: School, mongo: Client, s3: S3
) -> None:
    photo = a_photo("ann")
    capture = await school.kept(photo)
    other, name = s3.bucket(), f"{school.backend.environment['MONGODB_DATABASE']}_to"
    environment = {**school.backend.environment, "MONGODB_DATABASE": name, "PHOTO_STORE": other.address}
    file = str(school.backend.home / "data.backup")

    written = await asyncio.to_thread(school.backend.command, "backup", "--to", file)
    elsewhere = Backend(environment, school.backend.home, school.backend.http)
    (school.backend.home / "kept").mkdir()
    await asyncio.to_thread(school.backend.command, "backup", "--keys-to", str(school.backend.home / "kept"))
    (keys_file,) = (school.backend.home / "kept").iterdir()
    restored = await asyncio.to_thread(elsewhere.command, "restore", "--from", file, "--keys", str(keys_file))
    for made in (name, f"{name}_vault"):
        await mongo.drop_database(made)

    assert written.returncode == 0, written.stderr
    assert restored.returncode == 0, restored.stdout + restored.stderr
    photos = len(school.bucket.names() - {MARK})
    assert f"{photos} of {photos} photos can be read" in restored.stdout
    assert other.read(capture["id"]) == school.bucket.read(capture["id"])
    assert other.names() == school.bucket.names()


async def test_what_is_erased_while_the_store_is_away_is_gone_once_it_is_asked_again(school: School) -> None:
    taken_back, erased = await school.kept(a_photo("ben")), await school.kept(a_photo("ann"))
    asked = [
        ("DELETE", f"/captures/{taken_back['id']}", school.a_class.teacher),
        ("POST", f"/students/{school.a_class.ann}/erasure", school.office),
    ]
    school.wire.refuse()

    away = [await who.ask(method, path, headers={"Idempotency-Key": path}) for method, path, who in asked]
    await school.wire.start()
    done = [await who.ask(method, path, headers={"Idempotency-Key": path}) for method, path, who in asked]

    assert [is_away(answer) for answer in away] == [True, True]
    assert [answer.status_code for answer in done] == [204, 202]
    assert not {taken_back["id"], erased["id"]} & school.bucket.names()


async def test_a_bucket_that_was_emptied_or_taken_away_is_not_taken_for_photos_that_were_erased(school: School) -> None:
    capture = await school.kept(a_photo("ann"))

    for name in (capture["id"], MARK):
        school.bucket.remove(name)
    emptied = await school.shown(capture)
    school.bucket.unmake()
    taken = [await school.shown(capture), await school.submit(a_photo("ben"))]
    backup = await asyncio.to_thread(
        school.backend.command, "backup", "--to", str(school.backend.home / os.urandom(4).hex())
    )

    assert is_away(emptied)
    assert [is_away(answer) for answer in taken] == [True, True]
    assert "PHOTOS_UNAVAILABLE" in backup.stderr
