"""Enrolling faces."""

import asyncio
from pathlib import Path

from backend.tests.conftest import Person, inside, new_student, photos_in
from backend.tests.simulator import Simulator, photo_of, vector_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_contract.errors import ErrorCode
from attendance_contract.vectors import encode_vector

CONSENT = {"purpose": "face_recognition", "text_version": "1", "given_by": "student"}


def a_form(*photos: bytes) -> dict[str, list[tuple[str, bytes]]]:
    return {"files": [("photos", photo) for photo in photos]}


async def consented(office: Person, name: str) -> str:
    """The path of a consented student's face photos."""
    student = await new_student(office, name)
    await office.done("POST", f"/students/{student}/consents", json=CONSENT)
    return f"/students/{student}/face-photos"


async def test_without_consent_no_photo_is_looked_at(office: Person, simulator: Simulator) -> None:
    ann = await new_student(office, "ann")

    refused = await office.ask("POST", f"/students/{ann}/face-photos", content=photo_of("ann"))

    assert (refused.status_code, refused.json()["error_code"]) == (409, "CONSENT_REQUIRED")
    assert not any(path.startswith("/api/ml") for path in simulator.calls)
    nobody = await office.ask("POST", "/students/none/face-photos", content=photo_of("ann"))
    assert nobody.status_code == 404


async def test_good_photos_are_accepted_and_the_same_one_again_changes_nothing(
    office: Person, simulator: Simulator
) -> None:
    path = await consented(office, "ann")
    first = await office.done("POST", path, **a_form(photo_of("ann", shot=1), photo_of("ann", shot=2)))
    asked = simulator.calls.count("/api/ml/encode-face")
    again = await office.done("POST", path, content=photo_of("ann", shot=2))

    assert (first["accepted"], first["stored"]) == (2, 2)
    assert [(photo["index"], photo["accepted"]) for photo in first["photos"]] == [(0, True), (1, True)]
    assert first["photos"][0]["quality"]["score"] == 0.9
    assert (again["accepted"], again["stored"]) == (1, 2)
    assert simulator.calls.count("/api/ml/encode-face") == asked


async def test_each_photo_that_will_not_do_says_why_and_the_others_are_kept(office: Person) -> None:
    path = await consented(office, "ann")

    told = await office.done("POST", path, **a_form(photo_of("ann"), b"no image", photo_of("ben")))

    assert (told["accepted"], told["stored"]) == (1, 1)
    assert [photo["error_code"] for photo in told["photos"]] == [None, "INVALID_FORMAT", "NOT_SAME_PERSON"]
    assert told["photos"][1]["reasons"] == ["unknown_format"]


async def test_when_none_will_do_the_first_reason_is_the_answer(office: Person, simulator: Simulator) -> None:
    path = await consented(office, "ann")
    simulator.switches.refuse_with = (422, ErrorCode.NO_FACE_FOUND)
    simulator.switches.refuses = "/api/ml/encode-face"

    refused = await office.ask("POST", path, **a_form(photo_of("ann"), b"no image"))

    assert (refused.status_code, refused.json()["error_code"]) == (422, "NO_FACE_FOUND")
    assert [photo["error_code"] for photo in refused.json()["details"]["photos"]] == ["NO_FACE_FOUND", "INVALID_FORMAT"]


async def test_five_photos_are_kept_and_a_sixth_is_refused(office: Person) -> None:
    path = await consented(office, "ann")
    await office.done("POST", path, **a_form(*[photo_of("ann", shot=shot) for shot in range(5)]))

    sixth = await office.ask("POST", path, content=photo_of("ann", shot=6))
    too_many = await office.ask("POST", path, **a_form(*[photo_of("ann", shot=shot) for shot in range(6)]))

    assert (sixth.status_code, sixth.json()["error_code"]) == (422, "TOO_MANY_FACE_PHOTOS")
    assert (too_many.status_code, too_many.json()["error_code"]) == (400, "INVALID_REQUEST")


async def test_when_the_ml_service_is_down_nothing_is_kept_and_that_is_told(
    office: Person, simulator: Simulator
) -> None:
    path = await consented(office, "ann")
    simulator.switches.status, simulator.switches.retry_after = 503, 60

    answer = await office.ask("POST", path, content=photo_of("ann"))

    assert (answer.status_code, answer.json()["error_code"]) == (503, "ML_UNAVAILABLE")
    assert answer.headers["Retry-After"] == "5"
    simulator.switches.status = None
    assert (await office.done("POST", path, content=photo_of("ann")))["stored"] == 1


async def test_an_answer_out_of_the_contract_is_a_failure_with_a_code(office: Person, simulator: Simulator) -> None:
    path = await consented(office, "ann")
    simulator.switches.garbage = True

    answer = await office.ask("POST", path, content=photo_of("ann"))

    assert (answer.status_code, answer.json()["error_code"]) == (502, "ML_ANSWER_INVALID")


async def test_vectors_lie_encrypted_and_photos_not_at_all(
    office: Person, mongo: Client, database_name: str, tmp_path: Path
) -> None:
    path = await consented(office, "ann")
    await office.done("POST", path, **a_form(photo_of("ann", shot=1), photo_of("ann", shot=2)))

    (template,) = await mongo[database_name]["templates"].find().to_list()

    assert set(template) == {"_id", "student_id", "model", "version", "photos", "vectors", "compared", "schema_version"}
    assert encode_vector(vector_of("ann")).encode()[:12] not in template["vectors"]
    assert not photos_in(tmp_path)


async def test_face_data_can_be_removed_and_made_anew(office: Person, mongo: Client, database_name: str) -> None:
    path = await consented(office, "ann")
    await office.done("POST", path, content=photo_of("ann"))

    removed = await office.ask("DELETE", path)

    assert removed.status_code == 204
    assert await mongo[database_name]["templates"].count_documents({}) == 0
    keys = mongo[f"{database_name}_vault"]["data_keys"]
    assert await keys.count_documents({"keyAltNames": f"student:{path.split('/')[2]}"}) == 0
    assert (await office.done("POST", path, content=photo_of("ann", shot=2)))["stored"] == 1
    assert (await office.ask("DELETE", "/students/none/face-photos")).status_code == 404


async def test_whose_key_is_destroyed_while_they_are_enrolled_anew_gets_another(
    office: Person, environment: dict[str, str], mongo: Client, database_name: str
) -> None:
    keys = mongo[f"{database_name}_vault"]["data_keys"]
    async with inside(environment) as (services, _):
        for milliseconds in range(0, 24, 2):
            path = await consented(office, f"ann-{milliseconds}")
            student = path.split("/")[2]
            await office.done("POST", path, content=photo_of("ann", shot=1))
            await mongo[database_name]["templates"].delete_many({"student_id": student})
            enrolling = asyncio.create_task(office.ask("POST", path, content=photo_of("ann", shot=2)))
            await asyncio.sleep(milliseconds / 1000)
            await services.get(EnrolmentService).destroy_key(SYSTEM, student)

            enrolled = await enrolling

            assert (enrolled.status_code, enrolled.json()["stored"]) == (200, 1)
            assert await keys.count_documents({"keyAltNames": f"student:{student}"}) == 1, milliseconds


async def test_two_who_enrol_at_once_overwrite_nothing(office: Person) -> None:
    path = await consented(office, "ann")

    answers = await asyncio.gather(*[office.ask("POST", path, content=photo_of("ann", shot=shot)) for shot in range(4)])

    accepted = [answer for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 409}
    student = path.split("/")[2]
    assert (await office.done("GET", f"/students/{student}"))["face"]["photos"] == len(accepted)


async def test_who_withdraws_while_their_photo_is_looked_at_is_not_enrolled(
    office: Person, simulator: Simulator, mongo: Client, database_name: str
) -> None:
    path = await consented(office, "ann")
    await office.done("POST", path, content=photo_of("ann", shot=1))
    simulator.switches.delay = 1.0
    enrolling = asyncio.create_task(office.ask("POST", path, content=photo_of("ann", shot=2)))
    await asyncio.sleep(simulator.switches.delay / 2)

    await office.done("POST", path.replace("face-photos", "consents/withdraw"))

    enrolled = await enrolling
    assert (enrolled.status_code, enrolled.json()["error_code"]) == (409, "CONSENT_REQUIRED")
    assert await mongo[database_name]["templates"].count_documents({}) == 0


async def test_after_a_change_of_model_a_student_is_enrolled_anew(office: Person, simulator: Simulator) -> None:
    path = await consented(office, "ann")
    await office.done("POST", path, content=photo_of("ann", shot=1))
    simulator.model = "played@2"

    told = await office.done("POST", path, content=photo_of("ann", shot=2))

    student = path.split("/")[2]
    shown = await office.done("GET", f"/students/{student}")
    assert told["stored"] == 1
    assert shown["face"] == {"consented": True, "photos": 1, "model": "played@2"}
