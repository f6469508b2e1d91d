"""From a photo to vectors over HTTP, with the real models on real photos."""

import base64
import io
import math
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from photos import as_heic
from PIL import Image, ImageEnhance, ImageFilter

from attendance_contract.models import DetectFacesAnswer, EncodeFaceAnswer
from attendance_contract.vectors import decode_vector
from attendance_ml.samples import sample_photo

JPEG = {"content-type": "image/jpeg"}


def encode(client: httpx2.Client, name: str, **options: Any) -> dict[str, Any]:
    answer = client.post("/api/ml/encode-face", content=sample_photo(name).read_bytes(), params=options, headers=JPEG)
    assert answer.status_code == 200, answer.text
    return answer.json()


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / math.hypot(*one) / math.hypot(*other)


def test_one_person_on_two_photos_is_alike_and_another_person_is_not(client: httpx2.Client) -> None:
    first, second, other = (encode(client, f"{name}.jpg")["embedding"] for name in ("obama", "obama2", "biden"))
    assert cosine(first, second) > 0.5
    assert cosine(first, other) < 0.3


def test_the_answer_is_the_contracts_and_says_what_was_done(client: httpx2.Client) -> None:
    answer = EncodeFaceAnswer.model_validate(encode(client, "grace_hopper.jpg", num_jitters=5, model="hog"))
    assert answer.metadata.model == "sface@2021dec"
    assert answer.metadata.image_dimensions == (512, 600)
    assert answer.metadata.ignored == ["num_jitters", "model"]
    box, eyes = answer.face_location, answer.landmarks
    assert box.left < eyes.left_eye.x < eyes.right_eye.x < box.right
    assert box.top < eyes.left_eye.y < eyes.mouth_left.y < box.bottom


def test_the_three_ways_to_send_give_the_same_vector(client: httpx2.Client) -> None:
    photo = sample_photo("obama.jpg").read_bytes()
    vectors = [
        client.post("/api/ml/encode-face", **way).json()["embedding"]
        for way in (
            {"content": photo, "headers": JPEG},
            {"files": {"image": photo}},
            {"json": {"image_base64": base64.b64encode(photo).decode()}},
        )
    ]
    assert vectors[0] == vectors[1] == vectors[2]
    assert math.isclose(math.hypot(*vectors[0]), 1, rel_tol=1e-5)


def test_base64_vectors_are_the_same_numbers(client: httpx2.Client) -> None:
    plain = encode(client, "obama.jpg")["embedding"]
    packed = encode(client, "obama.jpg", embedding_format="base64")["embedding"]
    assert decode_vector(packed) == pytest.approx(plain, abs=1e-7)


def test_detecting_leaves_vectors_out_when_not_wanted(client: httpx2.Client) -> None:
    photo = sample_photo("obama.jpg").read_bytes()
    answers = [
        client.post("/api/ml/detect-faces", files={"image": photo}, data={"with_embeddings": wanted}).json()
        for wanted in ("true", "false")
    ]
    with_vectors, without = (DetectFacesAnswer.model_validate(answer) for answer in answers)
    assert with_vectors.count == without.count == 1
    assert with_vectors.faces[0].embedding is not None
    assert without.faces[0].embedding is None


def test_a_photo_without_a_face_is_a_good_answer_to_detect(client: httpx2.Client) -> None:
    photo = sample_photo("chelsea.png").read_bytes()
    answer = client.post("/api/ml/detect-faces", content=photo, headers={"content-type": "image/png"}).json()
    assert (answer["success"], answer["count"], answer["faces"]) == (True, 0, [])


def test_a_photo_turned_by_its_exif_comes_back_upright(client: httpx2.Client) -> None:
    with Image.open(sample_photo("grace_hopper.jpg")) as image:
        exif = image.getexif()
        exif[0x0112] = 6
        turned = io.BytesIO()
        image.convert("RGB").rotate(90, expand=True).save(turned, "JPEG", quality=95, exif=exif)
    answer = client.post("/api/ml/detect-faces", files={"image": turned.getvalue()}, data={"upright": "true"}).json()
    assert (answer["count"], answer["metadata"]["image_dimensions"]) == (1, [512, 600])
    with Image.open(io.BytesIO(base64.b64decode(answer["upright_image"]["jpeg"]))) as upright:
        assert (upright.format, upright.size) == ("JPEG", (512, 600))


@pytest.fixture(scope="module")
def phone_photo() -> bytes:
    """A large HEIC that a phone held upright has stored lying, with the place it was taken at in its notes."""
    with Image.open(sample_photo("obama2.jpg")) as image:
        return as_heic(image.convert("RGB").resize((1565, 3000)), 6, tile_size=512)


def test_a_heic_is_looked_at_whichever_way_it_is_sent_and_comes_back_as_an_upright_jpeg(
    client: httpx2.Client, phone_photo: bytes
) -> None:
    answers = [
        DetectFacesAnswer.model_validate(client.post("/api/ml/detect-faces", **way).json())
        for way in (
            {"content": phone_photo, "headers": {"content-type": "image/heic"}, "params": {"upright": True}},
            {"files": {"image": phone_photo}, "data": {"upright": "true"}},
            {"json": {"image_base64": base64.b64encode(phone_photo).decode(), "upright": True}},
        )
    ]
    assert [(answer.count, answer.metadata.image_dimensions) for answer in answers] == [(1, (1565, 3000))] * 3
    made = answers[0].upright_image
    assert made is not None
    assert all(answer.upright_image == made for answer in answers)
    with Image.open(io.BytesIO(made.jpeg)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (made.width, made.height)) == ("JPEG", (1068, 2048))
        assert "exif" not in shown.info
    again = client.post("/api/ml/detect-faces", content=made.jpeg).json()
    shrunk = again["faces"][0]["location"]["left"] * 1565 / 1068
    found = answers[0].faces[0].location  # in a photo of another size, faces are found a little elsewhere
    assert shrunk == pytest.approx(found.left, abs=(found.right - found.left) / 10), (
        "to what two sizes of photo differ by"
    )


def test_who_does_not_ask_for_it_gets_no_upright_image(client: httpx2.Client, phone_photo: bytes) -> None:
    answer = client.post("/api/ml/detect-faces", content=phone_photo).json()
    assert (answer["count"], answer["upright_image"]) == (1, None)


def test_one_face_is_encoded_alike_from_heic_and_from_jpeg(client: httpx2.Client) -> None:
    with Image.open(sample_photo("grace_hopper.jpg")) as image:
        heic = as_heic(image.convert("RGB"), 8)
    answer = client.post("/api/ml/encode-face", content=heic, headers={"content-type": "image/heic"})
    assert answer.status_code == 200, answer.text
    assert cosine(answer.json()["embedding"], encode(client, "grace_hopper.jpg")["embedding"]) > 0.99


def test_a_face_smaller_than_asked_for_says_both_sizes(client: httpx2.Client) -> None:
    photo = sample_photo("grace_hopper.jpg").read_bytes()
    answer = client.post("/api/ml/encode-face", content=photo, params={"min_face_size": 400}, headers=JPEG)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "FACE_TOO_SMALL")
    assert answer.json()["details"]["actual"] < answer.json()["details"]["limit"] == 400


@pytest.mark.parametrize(
    ("spoil", "reason", "advice"),
    [
        (lambda image: image.filter(ImageFilter.GaussianBlur(16)), "blurred", "hold still and focus"),
        (lambda image: ImageEnhance.Brightness(image).enhance(0.1), "too_dark", "find more light"),
    ],
)
def test_a_face_that_is_hard_to_see_is_refused_with_what_to_change(
    client: httpx2.Client, spoil: Callable[[Image.Image], Image.Image], reason: str, advice: str
) -> None:
    spoilt = io.BytesIO()
    with Image.open(sample_photo("grace_hopper.jpg")) as image:
        spoil(image.convert("RGB")).save(spoilt, "JPEG", quality=92)
    answer = client.post("/api/ml/encode-face", content=spoilt.getvalue(), headers=JPEG)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "LOW_QUALITY")
    assert reason in answer.json()["details"]["reasons"]
    (face,) = client.post("/api/ml/detect-faces", content=spoilt.getvalue(), headers=JPEG).json()["faces"]
    told = dict(zip(face["quality"]["reasons"], face["quality"]["advice"], strict=True))
    assert told[reason] == advice


def test_a_call_whose_time_has_passed_is_dropped(client: httpx2.Client) -> None:
    photo = sample_photo("obama.jpg").read_bytes()
    answer = client.post("/api/ml/encode-face", content=photo, headers={**JPEG, "X-Request-Timeout-Ms": "0"})
    assert (answer.status_code, answer.json()["error_code"]) == (504, "DEADLINE_EXCEEDED")
