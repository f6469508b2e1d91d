"""The contract refuses what the services must not guess about."""

import base64
import json

import pytest
from pydantic import ValidationError

from attendance_contract.models import (
    BatchMatchRequest,
    EncodeFaceRequest,
    MatchFacesRequest,
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
