"""The group photos: everyone found where they are, and nowhere else."""

import json
from pathlib import Path

import pytest

from attendance_evaluation.__main__ import main

pytestmark = pytest.mark.data


@pytest.mark.parametrize("flip", [[], ["--flip"]])
def test_people_are_found_in_their_own_photos_only(
    flip: list[str], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["groups", "--data", str(data / "group-photos"), "--json", *flip])
    figures = json.loads(capsys.readouterr().out)
    assert status == 0
    assert set(figures["missed_noses"].values()) == {0}
    assert [each["person"] for each in figures["enrolments"]] == ["A"] * 6 + ["B"] * 2 + ["C"]
    for each in figures["enrolments"]:
        assert all(status != "unknown" for status, _ in each["own"].values())
        assert all(status == "unknown" for status, _ in each["others"].values())


def test_the_table_has_a_line_for_every_photo(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["groups", "--data", str(data / "group-photos")])
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("0") for line in lines) == 18 + 9
