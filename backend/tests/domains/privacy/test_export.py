"""What a person can see and take away of what is kept about them."""

import io
import json
import zipfile

from backend.tests.conftest import PASSWORD, Class, Person, new_teacher, sign_in
from backend.tests.simulator import JPEG, Simulator, photo_of, vector_of

from attendance_backend.adapters.mongo import Client
from attendance_contract.errors import ErrorCode
from attendance_contract.vectors import encode_vector


async def ann_herself(taught: Class, office: Person, mongo: Client, database: str) -> Person:
    account, _ = await new_teacher(office, "ann@school.example")
    await mongo[database]["users"].update_one({"_id": account}, {"$set": {"role": "student"}})
    await mongo[database]["students"].update_one({"_id": taught.ann}, {"$set": {"user_id": account}})
    return await sign_in(office.http, "ann@school.example", PASSWORD)


async def a_closed_lesson(taught: Class) -> dict[str, str]:
    """The records of a session with Ben and Ann on its photo, by student."""
    path = f"/sessions/{taught.session}"
    await taught.teacher.done("POST", f"{path}/captures", content=photo_of("ben", "ann"))
    await taught.teacher.done("POST", f"{path}/close")
    records = (await taught.teacher.done("GET", f"{path}/records"))["items"]
    return {record["student_id"]: record["id"] for record in records}


async def test_a_student_sees_why_they_were_marked_and_their_own_face_only(
    a_class: Class, office: Person, simulator: Simulator, mongo: Client, database_name: str
) -> None:
    records = await a_closed_lesson(a_class)
    ann = await ann_herself(a_class, office, mongo, database_name)

    told = await ann.done("GET", f"/records/{records[a_class.ann]}/evidence")
    face = await ann.ask("GET", f"/records/{records[a_class.ann]}/face.jpg")
    bens = [await ann.ask("GET", f"/records/{records[a_class.ben]}/{what}") for what in ("evidence", "face.jpg")]
    none = await office.ask("GET", f"/records/{records[a_class.cleo]}/face.jpg")

    assert (told["status"], told["source"], told["similarity"], told["has_face"]) == ("present", "face", 0.8, True)
    assert told["thresholds"]["confident"] == 0.5
    assert (face.content, face.headers["Cache-Control"]) == (JPEG + b"ann", "no-store")
    assert [answer.status_code for answer in (*bens, none)] == [404, 404, 409]
    await ann.done("POST", f"/students/{a_class.ann}/erasure")
    assert (await ann.ask("GET", f"/records/{records[a_class.ann]}/face.jpg")).status_code == 409


async def test_a_student_takes_away_everything_about_them_and_nothing_of_others(
    a_class: Class, office: Person, simulator: Simulator, mongo: Client, database_name: str
) -> None:
    records = await a_closed_lesson(a_class)
    ann = await ann_herself(a_class, office, mongo, database_name)

    answer = await ann.ask("GET", f"/students/{a_class.ann}/export.zip")
    refused = await ann.ask("GET", f"/students/{a_class.ben}/export.zip")

    assert (answer.status_code, refused.status_code) == (200, 404)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert file.testzip() is None
        content = {name: file.read(name) for name in file.namelist()}
    (student,), (face,) = json.loads(content["students.json"]), json.loads(content["templates.json"])
    written = json.loads(content["records.json"])
    assert (student["name"], len(face["photos"]), "vectors" in face) == ("ann", 2, False)
    assert [record["id"] for record in written] == [records[a_class.ann]]
    assert [one["text_version"] for one in json.loads(content["consents.json"])] == ["1"]
    assert "person exported" in {entry["action"] for entry in json.loads(content["audit.json"])}
    (cut,) = [name for name in content if name.startswith("faces/")]
    assert content[cut] == JPEG + b"ann"
    everything = b"".join(content.values())
    assert a_class.ben.encode() not in everything
    assert encode_vector(vector_of("ann")).encode() not in everything


async def test_without_the_ml_service_the_export_says_that_faces_are_missing(
    a_class: Class, office: Person, simulator: Simulator
) -> None:
    await a_closed_lesson(a_class)
    simulator.switches.refuse_with = (401, ErrorCode.INVALID_API_KEY)

    answer = await office.ask("GET", f"/students/{a_class.ann}/export.zip")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert [name for name in file.namelist() if name.startswith("faces/")] == ["faces/incomplete.txt"]
