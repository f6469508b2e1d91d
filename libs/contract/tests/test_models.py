"""The contract refuses what the services must not guess about."""

import base64
import json

import pytest
from pydantic import ValidationError

from attendance_contract.models import (
    BatchMatchRequest,
    EncodeFaceRequest,
    MatchFacesRequest,
    RecognizeAnswer,
    RecognizeOptions,
    UprightImage,
)


def candidate(student_id: str, *vectors: list[float]) -> dict[str, object]:
    return {"student_id": student_id, "embeddings": list(vectors)}


def test_a_misspelt_option_is_refused_not_ignored() -> None:
    with pytest.raises(ValidationError, match="validate_singel"):
        EncodeFaceRequest.model_validate({"image_base64": "AA==", "validate_singel": True})


def test_the_old_engines_options_are_still_accepted() -> None:
    request = EncodeFaceRequest.model_validate({"image_base64": "AA==", "num_jitters": 5, "model": "hog"})
    assert (request.num_jitters, request.model) == (5, "hog")


def test_the_confident_threshold_may_not_lie_above_the_uncertain_one() -> None:
    with pytest.raises(ValidationError, match="must not be above"):
        RecognizeOptions(confident_threshold=0.7, uncertain_threshold=0.6)
    with pytest.raises(ValidationError, match="must not be above"):
        MatchFacesRequest.model_validate(
            {
                "query_embedding": [1.0],
                "candidate_embeddings": [candidate("s1", [1.0])],
                "threshold": 0.4,
                "confident_threshold": 0.5,
            }
        )


@pytest.mark.parametrize("both", [True, False])
def test_batch_match_takes_exactly_one_gallery(both: bool) -> None:
    body: dict[str, object] = {"detected_faces": []}
    if both:
        body |= {"gallery_id": "gallery-1", "candidate_embeddings": [candidate("s1", [1.0])]}
    with pytest.raises(ValidationError, match="either candidate_embeddings or gallery_id"):
        BatchMatchRequest.model_validate(body)


def test_a_student_has_one_to_five_vectors() -> None:
    for vectors in ([], [[1.0]] * 6):
        with pytest.raises(ValidationError, match="embeddings"):
            MatchFacesRequest.model_validate(
                {"query_embedding": [1.0], "candidate_embeddings": [candidate("s1", *vectors)]}
            )


def test_a_flood_of_mistakes_is_told_by_the_first_of_them() -> None:
    unknown = {f"k{number}": 0 for number in range(10_000)}
    for flood in (
        {"query_embedding": [1.0], "candidate_embeddings": [candidate("s1", [1.0])], **unknown},
        {"query_embedding": [1.0], "candidate_embeddings": [unknown]},
        {"query_embedding": [1.0], "candidate_embeddings": [{"colour": "red"}] * 10_000},
    ):
        with pytest.raises(ValidationError) as refused:
            MatchFacesRequest.model_validate(flood)
        assert refused.value.error_count() < 5


def test_an_upright_image_travels_as_base64_and_arrives_as_bytes() -> None:
    sent = UprightImage(jpeg=base64.b64encode(b"\xff\xd8\xff\x00"), width=2, height=1).model_dump_json()
    assert json.loads(sent)["jpeg"] == "/9j/AA=="
    assert UprightImage.model_validate_json(sent).jpeg == b"\xff\xd8\xff\x00"


def recognised(count: int, *matches: tuple[int, str | None, str]) -> dict[str, object]:
    """An answer with these matches: index, student and status."""
    point, quality = {"x": 1, "y": 1}, {"score": 1, "blur": 0, "brightness": 1, "reasons": []}
    face = {
        "location": dict.fromkeys(["top", "right", "bottom", "left"], 1),
        "landmarks": dict.fromkeys(["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"], point),
        "face_area_ratio": 0.1,
        "detection_score": 0.9,
        "quality": {**quality, "pose": {"yaw": 0, "pitch": 0, "roll": 0}},
    }
    measured = {"distance": 0.2, "similarity": 0.8, "margin": 0.3}
    told = [{"face_index": index, "student_id": who, "status": status, **measured} for index, who, status in matches]
    return {
        "faces": [{**face, "match": match} for match in told],
        "count": count,
        "thresholds": {"confident": 0.5, "uncertain": 0.6, "lookalike_margin": 0.05},
        "calibration": "c",
        "gallery_id": "a-gallery",
        "metadata": {"image_dimensions": [4, 3], "processing_time_ms": 1, "model": "played@1"},
    }


def test_an_answer_names_each_student_once_and_nobody_who_is_unknown() -> None:
    answer = RecognizeAnswer.model_validate(recognised(2, (0, "s1", "present"), (1, None, "unknown")))

    assert [face.match.student_id for face in answer.faces] == ["s1", None]


@pytest.mark.parametrize(
    "contradicts_itself",
    [
        recognised(2, (0, "s1", "present")),
        recognised(1, (1, "s1", "present")),
        recognised(2, (0, "s1", "present"), (1, "s1", "uncertain")),
        recognised(1, (0, None, "present")),
        recognised(1, (0, "s1", "unknown")),
    ],
)
def test_an_answer_that_contradicts_itself_is_none(contradicts_itself: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="RecognizeAnswer"):
        RecognizeAnswer.model_validate(contradicts_itself)
