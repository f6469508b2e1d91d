"""A school changes its model: made beside, compared, switched, rolled back; cut short, erased from, gone on with."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from backend.tests.conftest import photos_in
from backend.tests.domains.attendance.school import OFFICE, a_school, name_of
from backend.tests.domains.reembeddings.story import Change
from backend.tests.simulator import MODEL, NEXT_MODEL, Simulator, photo_of, vector_of
from pymongo.errors import AutoReconnect

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.enrolment.flows import EnrolmentFlows
from attendance_backend.domains.enrolment.models.service import ModelService
from attendance_backend.domains.enrolment.photos.service import KeptPhotoService
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.privacy.export.flows import ExportFlows
from attendance_backend.domains.privacy.schemas import Ground
from attendance_backend.domains.privacy.service import ErasureService
from attendance_backend.domains.reembeddings import flows
from attendance_backend.domains.reembeddings.errors import ReembeddingOpen, ReembeddingState, StudentsMissing
from attendance_backend.domains.reembeddings.schemas import Kind, Phase, RunState
from attendance_backend.ports.store import Transaction, Transactions
from attendance_contract.vectors import encode_vector

T = TypeVar("T")
STUDENTS = 5


@pytest.fixture
async def change(environment: dict[str, str], mongo: Client, database_name: str) -> AsyncIterator[Change]:
    """A school that keeps photos, three of whose students are enrolled with two each."""
    async with a_school(environment, STUDENTS) as school:
        made = Change(school, mongo, database_name)
        await made.keep_photos()
        for number in range(3):
            await made.enrol(number, 1, 2)
        yield made


def encoded(simulator: Simulator) -> int:
    """How many photos the ML service was asked to encode."""
    return sum(call.endswith("/encode-face") for call in simulator.calls)


async def test_a_new_model_is_made_beside_compared_switched_to_and_rolled_back(change: Change) -> None:
    first, second, third, fourth, _ = change.school.students
    run = await change.ready(NEXT_MODEL)

    told = await change.runs.found(OFFICE, run)
    assert (told.students, told.done, told.missing, told.before.students, told.now.students) == (3, 3, 0, 3, 3)
    assert (told.before.pairs, told.now.pairs, told.harder, told.alike) == (3, 3, 0, 0)
    assert await change.photos_by_model() == {MODEL: 6, NEXT_MODEL: 6}
    session = (await change.school.open()).id
    assert await change.named(session, 0, 1, shot=10) == (MODEL, {first, second})

    await change.switch(run)
    assert await change.named(session, 0, 2, shot=11) == (NEXT_MODEL, {first, third})
    await change.enrol(3, 1)
    assert await change.photos_by_model(fourth) == {MODEL: 1, NEXT_MODEL: 1}, "there is a way back for them too"

    await change.move(change.runs.roll_back, run)
    assert await change.named(session, 0, 3, shot=12) == (MODEL, {first, fourth})

    await change.switch(run)
    await change.move(change.runs.discard, run)
    assert not await change.flows.work_on_one(), "photos that began with those vectors are answered first"
    assert (await change.work(run)).state is RunState.OVER
    assert await change.photos_by_model() == {NEXT_MODEL: 7}
    assert await change.named(session, 1, 3, shot=13) == (NEXT_MODEL, {second, fourth})
    with pytest.raises(ReembeddingState):
        await change.move(change.runs.roll_back, run)


async def test_whom_no_photo_is_kept_of_is_to_be_photographed_again(change: Change) -> None:
    *_, fourth, fifth = change.school.students
    await change.enrol(3, 1, 2, sign="!")
    await change.keep_photos(kept=False)
    await change.enrol(4, 1)
    await change.keep_photos()

    run = await change.ready(NEXT_MODEL)

    assert await change.concerned(run, Kind.PHOTOGRAPH_AGAIN) == {
        fourth: ["NO_FACE_FOUND"],
        fifth: ["PHOTO_NOT_KEPT"],
    }
    with pytest.raises(StudentsMissing) as refused:
        await change.switch(run, leave_out=1)
    assert refused.value.details["actual"] == 2
    await change.enrol(4, 2)
    await change.switch(run, leave_out=1)
    faces = await change.school.services.get(EnrolmentService).with_a_face(OFFICE, change.school.students)
    assert faces == {*change.school.students} - {fourth}


async def test_cancelled_half_way_it_goes_on_where_it_was_and_new_faces_are_made_for_both(
    change: Change, monkeypatch: pytest.MonkeyPatch, simulator: Simulator
) -> None:
    monkeypatch.setattr(flows, "STUDENTS_A_STEP", 1)
    run = await change.start(NEXT_MODEL)
    for _ in range(3):
        await change.flows.work_on_one()
    await change.enrol(3, 1)
    await change.move(change.runs.cancel, run)
    await change.enrol(4, 1)

    assert not await change.flows.work_on_one(), "nobody works on what is cancelled"
    assert await change.photos_by_model() == {MODEL: 8, NEXT_MODEL: 5}
    before = encoded(simulator)
    await change.move(change.runs.resume, run)
    assert (await change.work(run)).state is RunState.READY

    assert await change.photos_by_model() == {MODEL: 8, NEXT_MODEL: 8}
    assert encoded(simulator) - before == 3, "what was made is not made again"


async def test_a_worker_that_dies_is_followed_by_another_which_doubles_nothing(
    change: Change, simulator: Simulator
) -> None:
    run = await change.start(NEXT_MODEL)
    await change.flows.work_on_one()
    simulator.switches.delay = 0.2
    begun = encoded(simulator)
    working = asyncio.create_task(change.flows.work_on_one())
    while encoded(simulator) < begun + 5:  # of two students, who are done, and of the third
        assert not working.done()
        await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    simulator.switches.delay = 0.0
    assert (await change.photos_by_model())[NEXT_MODEL] == 4
    assert not await change.flows.work_on_one(), "its lease lasts a while"

    change.pass_time(minutes=1)
    await asyncio.gather(*[change.flows.work_on_one() for _ in range(4)])
    told = await change.work(run)

    assert (told.state, told.done) == (RunState.READY, 3)
    assert await change.photos_by_model() == {MODEL: 6, NEXT_MODEL: 6}


async def test_an_erasure_in_the_middle_leaves_nothing_of_either_model(
    change: Change, tmp_path: Path, simulator: Simulator
) -> None:
    student = change.school.students[0]
    run = await change.start(NEXT_MODEL)
    await change.flows.work_on_one()
    simulator.switches.delay = 0.2
    working = asyncio.create_task(change.flows.work_on_one())
    erasures = change.school.services.get(ErasureService)

    asked = await change.school.transactions.run(lambda tx: erasures.ask(OFFICE, student, Ground.ASKED, tx))
    await asyncio.gather(working, erasures.carry_out(OFFICE, asked.id))
    simulator.switches.delay = 0.0
    await change.work(run)
    change.pass_time(minutes=3)
    await erasures.carry_on()

    assert await change.photos_by_model(student) == {}
    rows = change.mongo[change.database]
    assert await rows["enrolment_photos"].count_documents({"student_id": student}) == 0
    assert await rows["reembedding_students"].count_documents({"student_id": student}) == 0
    assert (
        await rows.client[f"{change.database}_vault"]["data_keys"].find_one({"keyAltNames": f"student:{student}"})
        is None
    )
    assert len(photos_in(tmp_path)) == 4, "those of the two others"


async def test_photos_are_sealed_with_the_students_own_key_and_go_when_the_school_keeps_them_no_more(
    change: Change, tmp_path: Path
) -> None:
    kept = change.school.services.get(KeptPhotoService)
    (photo, _) = await kept.of_student(OFFICE, change.school.students[0])
    assert await kept.content(photo) == photo_of(name_of(0), shot=1)
    vault = change.mongo[f"{change.database}_vault"]["data_keys"]
    owners = [name async for row in vault.find() for name in row.get("keyAltNames", [])]
    assert not [name for name in owners if name.startswith("photo:")]
    assert all(b"a-student" not in path.read_bytes() for path in photos_in(tmp_path))

    await change.keep_photos(kept=False)
    await kept.tidy()

    assert await kept.of_student(OFFICE, change.school.students[0]) == []
    assert photos_in(tmp_path) == []
    assert await change.photos_by_model() == {MODEL: 6}, "the faces stay"


async def test_a_student_is_given_their_own_photos_and_no_vector(change: Change) -> None:
    student = change.school.students[0]
    await change.enrol(3, 1, sign="!")
    run = await change.ready(NEXT_MODEL)

    parts = await change.school.services.get(ExportFlows).begin(OFFICE, student)

    with zipfile.ZipFile(io.BytesIO(b"".join([part async for part in parts]))) as file:
        content = {name: file.read(name) for name in file.namelist()}
    photos = [content[name] for name in content if name.startswith("enrolment-photos/") and name.endswith(".jpeg")]
    assert photos == [photo_of(name_of(0), shot=1), photo_of(name_of(0), shot=2)]
    assert len(json.loads(content["enrolment_photos.json"])) == 2
    assert {row["model"] for row in json.loads(content["templates.json"])} == {MODEL, NEXT_MODEL}
    vectors = [encode_vector(vector_of(name_of(0), model)).encode() for model in (MODEL, NEXT_MODEL)]
    assert not [vector for vector in vectors if vector in b"".join(content.values())]
    assert list(await change.concerned(run, Kind.PHOTOGRAPH_AGAIN)) == [change.school.students[3]]


async def test_an_ml_service_that_is_away_is_waited_for_and_loads_the_model_again(
    change: Change, simulator: Simulator
) -> None:
    run = await change.start(NEXT_MODEL)
    await change.flows.work_on_one()
    simulator.loaded.clear()

    await change.flows.work_on_one()

    told = await change.runs.found(OFFICE, run)
    assert (told.state, told.phase, told.error_code) == (RunState.RUNNING, Phase.EMBEDDING, "ML_UNAVAILABLE")
    await change.school.services.get(ModelService).keep_loaded()
    change.pass_time(minutes=1)
    assert (await change.work(run)).state is RunState.READY


async def test_there_is_one_change_at_a_time_to_a_model_that_there_is(change: Change) -> None:
    for wrong in ("unheard-of@1", MODEL):
        run = await change.start(wrong)
        told = await change.work(run)
        assert (told.state, told.error_code) == (RunState.FAILED, "MODEL_UNKNOWN")

    await change.ready(NEXT_MODEL)

    with pytest.raises(ReembeddingOpen):
        await change.start("another@1")


async def test_the_way_back_ends_by_itself(change: Change) -> None:
    run = await change.ready(NEXT_MODEL)
    await change.switch(run)
    change.pass_time(days=29)
    await change.runs.discard_old()
    assert await change.photos_by_model() == {MODEL: 6, NEXT_MODEL: 6}

    change.pass_time(days=2)
    await change.runs.discard_old()
    told = await change.work(run)

    assert (told.state, await change.photos_by_model()) == (RunState.OVER, {NEXT_MODEL: 6})


class CommittedUnheard:
    """Transactions of a database that goes away as it says that it has committed."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        await self._transactions.run(work)
        raise AutoReconnect("connection closed")


async def test_a_kept_photo_outlives_a_database_that_goes_away_with_its_answer(change: Change) -> None:
    services, (first, *_) = change.school.services, change.school.students
    enrolling = services.get(EnrolmentFlows)
    with pytest.raises(AutoReconnect):
        await replace(enrolling, transactions=CommittedUnheard(change.school.transactions)).enrol(
            OFFICE, first, [photo_of(name_of(0), shot=3)]
        )

    kept = services.get(KeptPhotoService)
    photos = await kept.of_student(OFFICE, first)
    assert len(photos) == 3
    assert all([await kept.content(photo) for photo in photos])
