"""The OpenAPI of a service tells the truth about its failures."""

from attendance_kit.service import Service


def test_openapi_shows_400_problems_and_never_fastapis_422(service: Service) -> None:
    schema = service.openapi()
    responses = schema["paths"]["/orders/{table}"]["post"]["responses"]
    assert set(responses) == {"200", "400"}
    assert "INVALID_REQUEST" in responses["400"]["description"]
    assert not {"HTTPValidationError", "ValidationError"} & set(schema["components"]["schemas"])
    assert list(responses["400"]["content"]) == ["application/problem+json"]
    assert "MlProblem" in schema["components"]["schemas"]


def test_a_stream_that_can_not_begin_is_a_problem_and_no_stream(service: Service) -> None:
    responses = service.openapi()["paths"]["/pours"]["get"]["responses"]

    assert {status: list(told["content"]) for status, told in responses.items() if status in {"200", "418"}} == {
        "200": ["text/event-stream"],
        "418": ["application/problem+json"],
    }
