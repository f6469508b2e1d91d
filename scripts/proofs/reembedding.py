"""A whole school changes to another model; the ML service is played, since what it recognises is not at stake."""

from scripts.proofs.tree import pytest

STORIES, STUDENTS = "backend/tests/domains/reembeddings", 1_000


def whole_school() -> str:
    """Its stories, and one school of that many students."""
    return pytest(STORIES, seconds=1800, env={"REEMBEDDED": str(STUDENTS)})
