"""The problem document keeps its shape and its codes."""

from attendance_contract.errors import STATUS_OF, ErrorCode, MlProblem, Problem, problem_type, title_of


def test_every_code_is_its_own_name() -> None:
    assert all(code == code.name for code in ErrorCode)


def test_every_code_has_its_status() -> None:
    assert set(STATUS_OF) == set(ErrorCode)
    assert all(400 <= status < 600 for status in STATUS_OF.values())


def test_a_code_makes_a_readable_title() -> None:
    assert title_of(ErrorCode.NO_FACE_FOUND) == "No face found"


def test_a_problem_type_is_a_urn_of_the_code() -> None:
    assert problem_type(ErrorCode.NO_FACE_FOUND) == "urn:smart-attendance:problem:no-face-found"


def test_the_ml_problem_adds_the_planning_documents_two_fields() -> None:
    plain = {"type": "urn:x", "title": "T", "status": 400, "detail": "what happened", "error_code": "X"}
    ml, both = MlProblem.model_validate(plain).model_dump(), Problem.model_validate(plain).model_dump()
    assert {name: value for name, value in ml.items() if name not in both} == {
        "success": False,
        "error": "what happened",
    }
