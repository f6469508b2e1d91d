"""Versions: a change can be made to hold only for what its sender has looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.versions import VersionConflict, check_version, expected_version
from attendance_kit.errors import InvalidRequest


@given(version=st.integers(0, 10**15 - 1))
async def test_a_version_is_read_with_and_without_quotes(version: int) -> None:
    assert await expected_version(f'"{version}"') == await expected_version(str(version)) == version


@pytest.mark.parametrize("given", ["", "*", 'W/"3"', "-1", "1.5", "²", "9" * 16, '"1", "2"'])
async def test_what_is_no_version_is_refused(given: str) -> None:
    with pytest.raises(InvalidRequest):
        await expected_version(given)


async def test_a_change_holds_for_the_version_that_was_looked_at_or_for_any() -> None:
    with pytest.raises(VersionConflict):
        check_version(3, 2)
    assert check_version(3, 3) is None
    assert check_version(3, await expected_version(None)) is None
