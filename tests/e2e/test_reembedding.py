"""A change of models with the true ML service: vectors made of kept photos are those that the photos give."""

import asyncio
import time

import httpx2
import pytest
from product import KEY, Stack
from school import School, add_student

from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring import adapters, services
from attendance_contract.vectors import decode_vector
from attendance_ml.faces.models import SFACE, SFACE_DEQUANTISED, ModelStore
from attendance_ml.samples import compose_class, sample_photo, sample_portrait

PATIENCE_SECONDS = 120
PHOTOS = ("obama.jpg", "obama2.jpg")


def kept_vectors(stack: Stack, student: str, model: str) -> list[list[float]]:
    """What the backend keeps of a student's face."""
    settings = BackendSettings.model_validate(
        {
            "mongodb_uri": stack.database_uri,
            "smart_attendance_home": stack.home,
            "ml_service_url": [stack.ml_url],
            "ml_service_api_key": KEY,
        }
    )

    async def read() -> list[list[float]]:
        async with adapters(settings) as outside:
            found = await services(outside, settings).get(EnrolmentService).enrolled(SYSTEM, student, model)
            return [decode_vector(one.vector) for one in found.vectors]

    return asyncio.run(read())


def encoded(stack: Stack, photo: bytes, model: str) -> list[float]:
    """What the ML service itself makes of a photo."""
    answer = httpx2.post(
        f"{stack.ml_url}/api/ml/encode-face",
        params={"model": model},
        content=photo,
        headers={"X-API-Key": KEY, "Content-Type": "application/octet-stream"},
        timeout=60,
    )
    return list(answer.raise_for_status().json()["embedding"])


def cosine(one: list[float], other: list[float]) -> float:
    """Of two vectors of unit length."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def until(school: School, run: str, state: str) -> dict[str, object]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        told: dict[str, object] = school.office.get(f"/reembeddings/{run}").raise_for_status().json()
        if told["state"] == state:
            return told
        assert time.monotonic() < deadline, told
        time.sleep(0.2)


@pytest.mark.skipif(not ModelStore().has(SFACE_DEQUANTISED), reason="models fetch sface-dequantised brings it")
def test_vectors_of_kept_photos_are_those_of_the_photos_and_recognise(
    stack: Stack, school: School, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rules = school.office.get("/institution").json()
    new = {name: value for name, value in rules.items() if name not in {"id", "version"}}
    school.office.put("/institution", json={**new, "keep_enrolment_photos": True}).raise_for_status()
    student = add_student(school.office, "E1", "A student")
    school.office.put(f"/subjects/{school.subject}/roster/{student}").raise_for_status()
    photos = [sample_photo(name).read_bytes() for name in PHOTOS]
    files = [("photos", photo) for photo in photos]
    school.office.post(f"/students/{student}/face-photos", files=files).raise_for_status()

    begun = school.office.post("/reembeddings", json={"model": SFACE_DEQUANTISED.id}).raise_for_status().json()
    told = until(school, begun["id"], "ready")

    assert (told["done"], told["missing"], told["from_model"]) == (1, 0, SFACE.id)
    for model in (SFACE.id, SFACE_DEQUANTISED.id):
        kept = kept_vectors(stack, student, model)
        assert [cosine(one, encoded(stack, photo, model)) for one, photo in zip(kept, photos, strict=True)] == [
            pytest.approx(1.0, abs=1e-5)
        ] * len(PHOTOS)
    school.office.post(f"/reembeddings/{begun['id']}/switch", json={}).raise_for_status()
    photo = tmp_path_factory.mktemp("photos") / "class.jpg"
    compose_class([sample_portrait("obama3.jpg")], size=(1280, 960), face_width=150).save(photo)
    path = f"/sessions/{school.session}/captures"
    capture = school.teacher.post(path, content=photo.read_bytes()).raise_for_status().json()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while capture["state"] != "recognised" and time.monotonic() < deadline:
        time.sleep(0.1)
        capture = school.teacher.get(f"/captures/{capture['id']}").raise_for_status().json()
    assert capture["model"] == SFACE_DEQUANTISED.id
    assert student in {face["student_id"] for face in capture["faces"]}
