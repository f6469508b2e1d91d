"""The proof of consent."""

import ast
from pathlib import Path

import pytest

import attendance_backend
from attendance_backend.domains.consent.schemas import Consent, ConsentedStudent, EndedAs, Ending, GivenBy, Purpose
from attendance_backend.ports.testing import START

PACKAGE = Path(attendance_backend.__path__[0])


def a_consent(ended: Ending | None = None) -> Consent:
    return Consent(
        id="c",
        student_id="ann",
        purpose=Purpose.FACE_RECOGNITION,
        text_version="1",
        given_by=GivenBy.STUDENT,
        guardian_name=None,
        given_at=START,
        recorded_by="office",
        ended=ended,
    )


def test_only_a_consent_in_force_makes_a_consented_student() -> None:
    ended = Ending(at=START, by="office", how=EndedAs.WITHDRAWN)

    assert ConsentedStudent(a_consent()).student_id == "ann"
    with pytest.raises(ValueError, match="does not cover"):
        ConsentedStudent(a_consent(ended))


def test_nobody_but_the_consent_domain_makes_one() -> None:
    makers = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "ConsentedStudent"
    }

    assert makers == {"domains/consent/service.py"}
