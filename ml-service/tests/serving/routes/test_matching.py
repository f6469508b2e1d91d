"""Vectors against vectors over HTTP: who it is, who it may be, and nobody."""

import base64
import io
import struct
from typing import Any

import httpx2
import numpy as np
import pytest
from photos import as_heic
from PIL import Image

from attendance_contract.galleries import PACKED_GALLERY, pack_gallery
from attendance_contract.models import BatchMatchAnswer, GalleryAnswer, MatchFacesAnswer, RecognizeAnswer
from attendance_contract.vectors import encode_vector
from attendance_ml.samples import compose_class, sample_photo, sample_portrait

PEOPLE = {"obama": ["obama.jpg", "obama2.jpg"], "hopper": ["grace_hopper.jpg"], "collins": ["astronaut.png"]}
Students = list[dict[str, Any]]
JPEG = {"content-type": "image/jpeg"}
ONES = [1.0] * 128
GALLERY = "roster-of-three"


def encode(client: httpx2.Client, name: str) -> list[float]:
    answer = client.post("/api/ml/encode-face", content=sample_photo(name).read_bytes(), headers=JPEG)
    vector: list[float] = answer.json()["embedding"]
    return vector


@pytest.fixture(scope="module")
def students(client: httpx2.Client) -> Students:
    return [
        {"student_id": person, "embeddings": [encode(client, photo) for photo in photos]}
        for person, photos in PEOPLE.items()
    ]


@pytest.fixture(scope="module")
def model(client: httpx2.Client) -> str:
    return str(next(m["id"] for m in client.get("/api/ml/models").json()["models"] if m["task"] == "embed"))


@pytest.fixture(scope="module")
def class_photo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("photos") / "class.jpg"
    portraits = [sample_portrait(name) for name in ("obama3.jpg", "biden.jpg", "grace_hopper.jpg")]
    compose_class(portraits, size=(1920, 1280), face_width=150).save(path)
    return path.read_bytes()


def match(client: httpx2.Client, query: list[float] | str, students: Students, **more: Any) -> httpx2.Response:
    return client.post("/api/ml/match-faces", json={"query_embedding": query, "candidate_embeddings": students, **more})


def test_a_known_person_is_named_and_a_stranger_is_nobody(client: httpx2.Client, students: Students) -> None:
    known = MatchFacesAnswer.model_validate(match(client, encode(client, "obama3.jpg"), students).json())
    assert (known.match.student_id, known.match.status) == ("obama", "confident")
    assert known.match.distance is not None
    assert known.match.confidence == pytest.approx(1 - known.match.distance)
    stranger = MatchFacesAnswer.model_validate(match(client, encode(client, "biden.jpg"), students).json())
    assert (stranger.match.student_id, stranger.match.status) == (None, "no_match")


def test_all_distances_are_told_when_asked(client: httpx2.Client, students: Students) -> None:
    query = encode_vector(encode(client, "obama3.jpg"))
    answer = MatchFacesAnswer.model_validate(match(client, query, students, return_all_distances=True).json())
    assert answer.all_distances is not None
    assert [row.student_id for row in answer.all_distances] == list(PEOPLE)
    assert min(answer.all_distances, key=lambda row: row.distance).student_id == "obama"


def test_two_faces_of_one_student_get_the_name_once(client: httpx2.Client, students: Students) -> None:
    faces = [{"embedding": encode(client, name)} for name in ("obama3.jpg", "obama2.jpg", "biden.jpg")]
    body = {"detected_faces": faces, "candidate_embeddings": students}
    answer = BatchMatchAnswer.model_validate(client.post("/api/ml/batch-match", json=body).json())
    assert [found.student_id for found in answer.matches].count("obama") == 1
    assert answer.matches[1].student_id == "obama"
    assert answer.matches[2].status == "unknown"
    assert answer.calibration.startswith("sface@2021dec/")


def test_a_gallery_is_put_used_and_deleted(
    client: httpx2.Client, students: Students, model: str, class_photo: bytes
) -> None:
    put = client.put(f"/api/ml/galleries/{GALLERY}", json={"model": model, "students": students})
    held = GalleryAnswer.model_validate(put.json())
    assert (held.size, held.impostors.lookalikes, held.impostors.below_confident) == (3, [], 0)
    assert held.impostors.pairs == 8  # four vectors, each against the two other students
    asked = {"gallery_id": GALLERY}
    answer = RecognizeAnswer.model_validate(
        client.post("/api/ml/recognize", content=class_photo, params=asked, headers=JPEG).json()
    )
    assert [(face.match.student_id, face.match.status) for face in answer.faces] == [
        ("obama", "present"),
        (None, "unknown"),
        ("hopper", "present"),
    ]
    assert client.delete(f"/api/ml/galleries/{GALLERY}").status_code == 204
    gone = client.post("/api/ml/recognize", content=class_photo, params=asked, headers=JPEG)
    assert (gone.status_code, gone.json()["error_code"]) == (404, "GALLERY_NOT_FOUND")


def resembling(count: int) -> Students:
    """A class whose members are nearer to each other than strangers are: they all share a direction."""
    drawn = np.random.default_rng(4).normal(size=(count, 128))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    drawn[:, 0] = 0.7
    return [{"student_id": f"s{index}", "embeddings": [vector.tolist()]} for index, vector in enumerate(drawn)]


def test_a_class_of_people_who_resemble_each_other_is_judged_more_strictly(
    client: httpx2.Client, model: str, class_photo: bytes
) -> None:
    gallery = {"model": model, "students": resembling(30)}
    held = GalleryAnswer.model_validate(client.put(f"/api/ml/galleries/{GALLERY}", json=gallery).json())
    faces = [{"embedding": gallery["students"][3]["embeddings"][0]}]
    batch, sent = (
        BatchMatchAnswer.model_validate(client.post("/api/ml/batch-match", json={"detected_faces": faces, **of}).json())
        for of in ({"gallery_id": GALLERY}, {"candidate_embeddings": gallery["students"]})
    )
    one = MatchFacesAnswer.model_validate(match(client, faces[0]["embedding"], gallery["students"]).json())
    photo = RecognizeAnswer.model_validate(
        client.post("/api/ml/recognize", content=class_photo, params={"gallery_id": GALLERY}, headers=JPEG).json()
    )
    assert held.impostors.tightening_wanted > 0
    assert held.thresholds.tightened_by == pytest.approx(held.impostors.tightening_wanted)
    assert held.thresholds.confident == pytest.approx(0.5 - held.thresholds.tightened_by)
    assert batch.thresholds == sent.thresholds == one.thresholds == photo.thresholds == held.thresholds


@pytest.mark.parametrize("way", ["multipart", "json"])
def test_photo_and_gallery_together_always_succeed(
    client: httpx2.Client, students: Students, model: str, class_photo: bytes, way: str
) -> None:
    gallery = {"model": model, "students": students}
    if way == "json":
        sent: dict[str, Any] = {"json": {"image_base64": base64.b64encode(class_photo).decode(), "gallery": gallery}}
    else:
        text = httpx2.Request("POST", "http://x", json=gallery).read()
        sent = {"files": {"image": class_photo, "gallery": ("gallery.json", text, "application/json")}}
    answer = client.post("/api/ml/recognize", **sent).json()
    assert {face["match"]["student_id"] for face in answer["faces"]} == {"obama", "hopper", None}
    assert "embedding" not in str(answer)


def test_a_class_on_heic_is_recognised_and_comes_back_for_a_browser(
    client: httpx2.Client, students: Students, model: str, class_photo: bytes
) -> None:
    with Image.open(io.BytesIO(class_photo)) as picture:
        heic = as_heic(picture, 6, tile_size=512)
    gallery = httpx2.Request("POST", "http://x", json={"model": model, "students": students}).read()
    form: dict[str, Any] = {"files": {"image": heic, "gallery": ("gallery.json", gallery)}, "data": {"upright": "true"}}

    answer = RecognizeAnswer.model_validate(client.post("/api/ml/recognize", **form).json())

    assert {face.match.student_id for face in answer.faces} == {"obama", "hopper", None}
    assert (answer.metadata.image_dimensions, answer.count) == ((1920, 1280), 3)
    assert answer.upright_image is not None
    with Image.open(io.BytesIO(answer.upright_image.jpeg)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (1920, 1280))


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"model": "other@1"}, 409, "MODEL_MISMATCH"),
        ({"query_embedding": [1.0] * 127}, 400, "INVALID_EMBEDDING"),
        ({"query_embedding": [1.0] * 256}, 400, "INVALID_EMBEDDING"),
        ({"query_embedding": [0.0] * 128}, 400, "INVALID_EMBEDDING"),
        ({"query_embedding": "AAA="}, 400, "INVALID_EMBEDDING"),
        ({"candidate_embeddings": [{"student_id": "s", "embeddings": [[1.0] * 256]}]}, 400, "INVALID_EMBEDDING"),
        (
            {"candidate_embeddings": [{"student_id": "s", "embeddings": [ONES, [1.0] * 64]}]},
            400,
            "INVALID_EMBEDDING",
        ),
        ({"candidate_embeddings": [{"student_id": "s", "embeddings": [ONES]}] * 2}, 400, "INVALID_REQUEST"),
        ({"threshold": 1.5}, 400, "INVALID_REQUEST"),
    ],
)
def test_what_can_not_be_compared_is_refused(
    client: httpx2.Client, students: Students, change: dict[str, Any], status: int, code: str
) -> None:
    body = {"query_embedding": ONES, "candidate_embeddings": students, **change}
    answer = client.post("/api/ml/match-faces", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


def test_a_gallery_of_another_model_is_refused(client: httpx2.Client, students: Students) -> None:
    answer = client.put(f"/api/ml/galleries/{GALLERY}", json={"model": "other@1", "students": students})
    assert (answer.status_code, answer.json()["error_code"]) == (409, "MODEL_MISMATCH")


def test_recognising_without_any_gallery_is_refused(client: httpx2.Client, class_photo: bytes) -> None:
    answer = client.post("/api/ml/recognize", content=class_photo, headers=JPEG)
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, "gallery_id")


def packed(students: Students, model: str) -> bytes:
    return pack_gallery(
        model, [(each["student_id"], [struct.pack("<128f", *own) for own in each["embeddings"]]) for each in students]
    )


def test_a_packed_gallery_matches_as_the_same_one_in_json(
    client: httpx2.Client, students: Students, model: str
) -> None:
    kind = {"content-type": PACKED_GALLERY}
    put = client.put("/api/ml/galleries/packed-roster", content=packed(students, model), headers=kind)
    again = client.put("/api/ml/galleries/packed-roster", json={"model": model, "students": students})
    assert (put.status_code, again.status_code) == (200, 200)  # the same content, whichever way it came
    assert put.json()["size"] == 3
    faces = [{"embedding": encode(client, name)} for name in ("obama3.jpg", "biden.jpg")]
    held, sent = (
        client.post("/api/ml/batch-match", json={"detected_faces": faces, **gallery}).json()["matches"]
        for gallery in ({"gallery_id": "packed-roster"}, {"candidate_embeddings": students})
    )
    assert held == sent
    assert held[0]["student_id"] == "obama"
    client.delete("/api/ml/galleries/packed-roster")


def test_other_content_under_the_same_id_is_refused(client: httpx2.Client, students: Students, model: str) -> None:
    assert client.put("/api/ml/galleries/roster-twice", json={"model": model, "students": students}).is_success
    other = client.put("/api/ml/galleries/roster-twice", json={"model": model, "students": students[:2]})
    assert (other.status_code, other.json()["error_code"]) == (409, "GALLERY_CONFLICT")
    client.delete("/api/ml/galleries/roster-twice")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "INVALID_REQUEST"),
        (b"no line of JSON", 400, "INVALID_REQUEST"),
        (b"{}\n", 400, "INVALID_REQUEST"),
        (b'{"model": "sface@2021dec", "student_ids": ["a"], "counts": [6]}\n', 400, "INVALID_REQUEST"),
        (b'{"model": "sface@2021dec", "student_ids": ["a"], "counts": []}\n', 400, "INVALID_REQUEST"),
        (b'{"model": "sface@2021dec", "student_ids": ["a", "a"], "counts": [1, 1]}\n', 400, "INVALID_REQUEST"),
        (b'{"model": "sface@2021dec", "student_ids": ["a"], "counts": [1]}\n' + bytes(3), 400, "INVALID_EMBEDDING"),
        (b'{"model": "sface@2021dec", "student_ids": ["a"], "counts": [1]}\n' + bytes(512), 400, "INVALID_EMBEDDING"),
        (b'{"model": "sface@2021dec", "student_ids": ["a"], "counts": [1]}\n', 400, "INVALID_EMBEDDING"),
        (b'{"model": "other@1", "student_ids": [], "counts": []}\n', 409, "MODEL_MISMATCH"),
    ],
)
def test_a_packed_gallery_that_is_none_is_refused(client: httpx2.Client, body: bytes, status: int, code: str) -> None:
    answer = client.put("/api/ml/galleries/packed-roster", content=body, headers={"content-type": PACKED_GALLERY})
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
