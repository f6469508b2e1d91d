"""What operators see of the work: every stage, every batch, every refusal, and nobody's name."""

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from attendance_ml.samples import sample_photo

STAGES = {"receive", "parse", "queue", "decode", "detect", "align", "embed", "match"}
GALLERY, STUDENT = "gallery-of-the-third-form", "student-nobody-may-see"


@pytest.fixture(scope="module")
def samples(client: httpx2.Client) -> dict[tuple[str, str], float]:
    """Samples by name and value of their first label, after a photo was matched, and another one refused."""
    photo = sample_photo("obama.jpg").read_bytes()
    encoded = client.post("/api/ml/encode-face", content=photo).json()
    student = {"student_id": STUDENT, "embeddings": [encoded["embedding"]]}
    gallery = {"model": encoded["metadata"]["model"], "students": [student]}
    assert client.put(f"/api/ml/galleries/{GALLERY}", json=gallery).status_code == 200
    matched = client.post(f"/api/ml/recognize?gallery_id={GALLERY}", content=photo)
    assert matched.json()["faces"][0]["match"]["student_id"] == STUDENT
    assert client.post("/api/ml/encode-face", content=b"no photo").status_code == 415
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in families
        for sample in family.samples
    }


def test_every_stage_is_timed(samples: dict[tuple[str, str], float]) -> None:
    counted = {stage for name, stage in samples if name == "ml_stage_seconds_count"}
    assert counted == STAGES | {"liveness"}  # which is off where its models are not
    assert all(samples["ml_stage_seconds_count", stage] >= 1 for stage in STAGES)


def test_batches_faces_and_refusals_are_counted(samples: dict[tuple[str, str], float]) -> None:
    assert samples["ml_batch_crops_sum", ""] >= samples["ml_batch_crops_count", ""] >= 1
    assert samples["ml_batch_calls_count", ""] >= 1
    assert samples["ml_faces_found_count", ""] >= 1
    assert samples["ml_rejections_total", "INVALID_FORMAT"] >= 1


def test_what_is_held_and_inside_is_shown(samples: dict[tuple[str, str], float]) -> None:
    assert samples["ml_galleries", ""] >= 1
    assert samples["ml_gallery_vectors", ""] >= 1
    assert samples["ml_calls_inside", ""] == 0
    assert samples["process_resident_memory_bytes", ""] > 0


@pytest.mark.usefixtures("samples")
def test_no_metric_tells_of_a_student_or_a_class(client: httpx2.Client) -> None:
    page = client.get("/metrics").text
    assert "ml_stage_seconds_bucket" in page
    assert STUDENT not in page
    assert GALLERY not in page
    assert "third-form" not in page
