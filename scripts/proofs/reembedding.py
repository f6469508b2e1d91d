"""A whole school changes to another model; the ML service is played, since what it recognises is not at stake."""

import os

from scripts.proofs.tree import pytest

STORIES = "backend/tests/domains/reembeddings"


def whole_school() -> str:
    """Its stories, and one school of 200 students, with `LONG=1` of 1,000."""
    students = "1000" if os.environ.get("LONG") else "200"
    return pytest(STORIES, seconds=1800, env={"REEMBEDDED": students})
