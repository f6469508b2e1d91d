"""Fixtures of the tests that cross services."""

from collections.abc import Iterator

import httpx2
import pytest
from product import ADMINISTRATOR, Stack, sign_in, started_stack
from school import School, found_school


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started_stack(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="module")
def office(stack: Stack) -> Iterator[httpx2.Client]:
    """The administrator's client."""
    with sign_in(stack, ADMINISTRATOR) as client:
        yield client


@pytest.fixture(scope="module")
def school(stack: Stack, office: httpx2.Client) -> Iterator[School]:
    found = found_school(stack, office)
    yield found
    found.teacher.close()
