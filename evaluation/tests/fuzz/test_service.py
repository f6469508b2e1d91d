"""The running service, given hostile photos."""

from collections.abc import Iterator

import pytest

from attendance_bench.replicas import Replica, running_replica
from attendance_evaluation.fuzz.service import send_mutants


@pytest.fixture(scope="module")
def service() -> Iterator[Replica]:
    with running_replica(LOG_LEVEL="ERROR") as started:
        yield started


def test_hostile_photos_are_answered_with_what_is_wrong_with_them(service: Replica) -> None:
    answers = send_mutants(service, seed=4, images=90)
    assert answers.broken == []
    assert set(answers.statuses) <= {200, 413, 415, 422}
    assert sum(answers.statuses.values()) == 90
