"""Liveness over HTTP, with and without the passive networks; the frames are photos of one person at several poses."""

import base64
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from liveness_models import cache_with, liveness_models
from PIL import Image, ImageOps

from attendance_contract.models import EncodeFaceAnswer, LivenessAnswer
from attendance_contract.registry import ModelsAnswer
from attendance_ml.samples import sample_photo

KEY = {"X-API-Key": "test-key-one"}
Start = Callable[..., AbstractContextManager[str]]


def jpeg(name: str, *, mirror: bool = False) -> bytes:
    """A sample photo, perhaps mirrored."""
    with Image.open(sample_photo(name)) as image:
        shown = ImageOps.mirror(image.convert("RGB")) if mirror else image.convert("RGB")
    kept = io.BytesIO()
    shown.save(kept, "JPEG", quality=95)
    return kept.getvalue()


@pytest.fixture(scope="module")
def turn() -> list[bytes]:
    """A head that turns to its left: no video is at hand, so these are photos of one person, of three days."""
    still = [jpeg("obama.jpg", mirror=True), jpeg("obama_partial_face.jpg")]
    return [*still, jpeg("obama3.jpg"), jpeg("obama2.jpg", mirror=True)]


@pytest.fixture(scope="module")
def without(another_service: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A service whose cache holds no model of liveness."""
    cache = cache_with(tmp_path_factory.mktemp("cache"), {})
    with (
        another_service(SMART_ATTENDANCE_CACHE=str(cache)) as url,
        httpx2.Client(base_url=url, headers=KEY, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def with_networks(another_service: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    cache = cache_with(tmp_path_factory.mktemp("cache"), liveness_models())
    with (
        another_service(SMART_ATTENDANCE_CACHE=str(cache)) as url,
        httpx2.Client(base_url=url, headers=KEY, timeout=60) as client,
    ):
        yield client


def post(client: httpx2.Client, frames: list[bytes], **options: Any) -> httpx2.Response:
    files = [("frames", (f"{index}.jpg", frame, "image/jpeg")) for index, frame in enumerate(frames)]
    return client.post("/api/ml/liveness", files=files, data=options)


def judged(client: httpx2.Client, frames: list[bytes], **options: Any) -> LivenessAnswer:
    answer = post(client, frames, **options)
    assert answer.status_code == 200, answer.text
    return LivenessAnswer.model_validate(answer.json())


def test_a_turn_passes_without_the_networks_and_the_answer_says_what_it_rests_on(
    without: httpx2.Client, turn: list[bytes]
) -> None:
    answer = judged(without, turn, challenge="turn_left")
    assert (answer.is_live, answer.reasons, answer.score) == (True, [], None)
    assert answer.checked == ["head_turn", "one_person"]
    assert answer.metadata.frames == 4


def test_the_embedding_is_that_of_the_best_frame(without: httpx2.Client, turn: list[bytes]) -> None:
    answer = judged(without, turn, challenge="turn_left")
    alone = without.post("/api/ml/encode-face", files={"image": turn[answer.best_frame]}).json()
    assert answer.metadata.model == alone["metadata"]["model"]
    assert answer.embedding == pytest.approx(alone["embedding"], abs=1e-5)
    assert answer.quality.score == alone["quality"]["score"]


def test_the_other_way_fails_with_its_reason(without: httpx2.Client, turn: list[bytes]) -> None:
    answer = judged(without, turn, challenge="turn_right")
    assert not answer.is_live
    assert "turned_the_other_way" in answer.reasons


def test_a_still_photo_fails_the_challenge(without: httpx2.Client) -> None:
    answer = judged(without, [jpeg("obama.jpg")] * 5, challenge="turn_left")
    assert (answer.is_live, answer.reasons) == (False, ["not_turned_far_enough"])


def test_somebody_else_at_the_end_of_the_turn_is_noticed(without: httpx2.Client, turn: list[bytes]) -> None:
    answer = judged(without, [*turn[:2], jpeg("biden.jpg"), jpeg("biden.jpg")], challenge="turn_left")
    assert not answer.is_live
    assert "not_one_person" in answer.reasons


def test_json_says_the_same_as_a_form(without: httpx2.Client, turn: list[bytes]) -> None:
    body = {"frames": [base64.b64encode(frame).decode() for frame in turn], "challenge": "turn_left"}
    sent = without.post("/api/ml/liveness", json=body | {"embedding_format": "base64"}).json()
    answer, form = LivenessAnswer.model_validate(sent), judged(without, turn, challenge="turn_left")
    assert (answer.is_live, answer.best_frame) == (form.is_live, form.best_frame)
    assert isinstance(answer.embedding, str)


@pytest.mark.parametrize("count", [1, 21])
def test_too_few_and_too_many_frames_are_refused_both_ways(without: httpx2.Client, count: int) -> None:
    for answer in (
        post(without, [b"\xff\xd8\xff"] * count, challenge="turn_left"),
        without.post("/api/ml/liveness", json={"frames": ["/9j/"] * count, "challenge": "turn_left"}),
    ):
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_REQUEST")
        assert answer.json()["details"]["field"] == "frames"


def test_what_is_wrong_with_a_frame_names_it(without: httpx2.Client) -> None:
    with Image.open(sample_photo("chelsea.png")) as image:
        nobody = io.BytesIO()
        image.save(nobody, "JPEG")
    answer = post(without, [jpeg("obama.jpg"), nobody.getvalue()], challenge="turn_left")
    assert (answer.status_code, answer.json()["error_code"]) == (422, "NO_FACE_FOUND")
    assert answer.json()["details"]["frame"] == 1
    broken = post(without, [b"no image", jpeg("obama.jpg")], challenge="turn_left")
    assert (broken.status_code, broken.json()["error_code"]) == (415, "INVALID_FORMAT")
    assert broken.json()["details"]["frame"] == 0


def test_requests_that_are_none_are_refused_with_their_field(without: httpx2.Client) -> None:
    frame = base64.b64encode(jpeg("obama.jpg")).decode()
    cases = {
        "frames.1": {"frames": [frame, "!"], "challenge": "turn_left"},
        "challenge": {"frames": [frame, frame], "challenge": "nod"},
    }
    for field, body in cases.items():
        answer = without.post("/api/ml/liveness", json=body)
        assert (answer.status_code, answer.json()["details"]["field"]) == (400, field)
    raw = without.post("/api/ml/liveness", content=b"\xff\xd8\xff", headers={"content-type": "image/jpeg"})
    assert (raw.status_code, raw.json()["error_code"]) == (400, "INVALID_REQUEST")


def test_a_call_whose_time_has_passed_is_dropped(without: httpx2.Client) -> None:
    files = [("frames", jpeg("obama.jpg"))] * 2
    late = without.post(
        "/api/ml/liveness", files=files, data={"challenge": "turn_left"}, headers={"X-Request-Timeout-Ms": "0"}
    )
    assert (late.status_code, late.json()["error_code"]) == (504, "DEADLINE_EXCEEDED")


def test_without_the_networks_passive_liveness_is_off_and_every_way_to_ask_says_why(without: httpx2.Client) -> None:
    photo = jpeg("obama.jpg")
    state = ModelsAnswer.model_validate(without.get("/api/ml/models").json()).liveness
    assert not state.is_on
    assert "smart-attendance models fetch" in (state.reason or "")
    for answer, field in (
        (post(without, [photo, photo]), "challenge"),
        (
            without.post("/api/ml/encode-face", files={"image": photo}, data={"check_liveness": "true"}),
            "check_liveness",
        ),
    ):
        problem = answer.json()
        assert (answer.status_code, problem["error_code"], problem["details"]["field"]) == (409, "LIVENESS_OFF", field)
        assert "models fetch" in problem["detail"]


def test_with_the_networks_they_are_listed_and_liveness_is_on(with_networks: httpx2.Client) -> None:
    answer = ModelsAnswer.model_validate(with_networks.get("/api/ml/models").json())
    assert answer.liveness.is_on
    assert [model.id for model in answer.models if model.task == "liveness"] == [
        "minifasnet-v2@2.7-80x80",
        "minifasnet-v1se@4.0-80x80",
    ]


def test_encode_face_tells_what_a_single_photo_shows_and_refuses_nobody(with_networks: httpx2.Client) -> None:
    photos = {"near": jpeg("obama2.jpg", mirror=True), "far": jpeg("obama3.jpg")}
    answers = {
        name: EncodeFaceAnswer.model_validate(
            with_networks.post("/api/ml/encode-face", files={"image": photo}, data={"check_liveness": "true"}).json()
        )
        for name, photo in photos.items()
    }
    near, far = answers["near"].liveness, answers["far"].liveness
    assert near is not None
    assert (near.score, near.is_live, near.reasons) == (None, False, ["too_close_to_judge"])
    assert far is not None
    assert far.score is not None
    assert far.is_live == (far.score >= 0.5)
    unasked = with_networks.post("/api/ml/encode-face", files={"image": photos["far"]}).json()
    assert unasked["liveness"] is None


def test_the_challenge_decides_and_the_networks_are_told_beside_it(
    with_networks: httpx2.Client, turn: list[bytes]
) -> None:
    answer = judged(with_networks, turn, challenge="turn_left")
    assert answer.is_live
    assert answer.checked == ["passive", "head_turn", "one_person"]
    assert answer.score is not None
    assert ("looks_like_a_photo" in answer.reasons) == (answer.score < 0.5)


@pytest.mark.data
def test_frames_of_a_person_are_live_and_frames_of_a_photo_are_not(with_networks: httpx2.Client) -> None:
    folder = Path(__file__).parents[5] / "shared" / "data" / "spoof-nuaa-train"
    if not folder.is_dir():
        pytest.skip("the photos of spoof-nuaa-train are not on this machine")
    live, spoof = (
        judged(with_networks, [path.read_bytes() for path in sorted((folder / kind).glob("0003_*"))[:5]])
        for kind in ("live", "spoof")
    )
    assert (live.is_live, live.reasons) == (True, [])
    assert (spoof.is_live, spoof.reasons) == (False, ["looks_like_a_photo"])


def test_the_embedding_is_of_the_model_that_was_named(without: httpx2.Client, turn: list[bytes]) -> None:
    current = judged(without, turn, challenge="turn_left", model="sface@2021dec")
    refused = post(without, turn, challenge="turn_left", model="unheard-of@1")

    assert current.metadata.model == "sface@2021dec"
    assert (refused.status_code, refused.json()["error_code"]) == (409, "MODEL_MISMATCH")
