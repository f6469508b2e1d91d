"""A test whose process dies is written down and counted as tried once; `scripts/test` tries it again by itself.

A plugin of the whole test run (docs/decisions/0010).
"""

import os
from pathlib import Path

import pytest

LIST = "CRASHED_TESTS"
"""The file that takes the names of the tests that died, where somebody wants to try them again."""


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport) -> None:
    """Without a list to write to, a dead process stays a failure. It takes two workers or more."""
    if path := os.environ.get(LIST):
        with Path(path).open("a", encoding="utf-8") as crashed:
            crashed.write(f"{crashitem}\n")
        # The status that pytest-rerunfailures gives to a try that another one follows.
        report.outcome = "rerun"  # type: ignore[assignment]  # pytest's own three are all it is typed with
