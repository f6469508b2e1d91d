"""Mutants: the same for the same numbers, and hostile enough to be refused in more than one way."""

import random

import pytest

from attendance_evaluation.fuzz.mutations import MUTATORS, Mutator, mutant
from attendance_evaluation.fuzz.seeds import seeds


def test_a_mutant_is_the_same_each_time_it_is_made() -> None:
    assert mutant(1, 7) == mutant(1, 7)
    assert mutant(1, 7).data != mutant(2, 7).data


@pytest.mark.parametrize("change", MUTATORS, ids=lambda change: change.__name__)
def test_every_change_changes_some_photo_and_bears_any(change: Mutator) -> None:
    changed = [change(random.Random(number), photo) != photo for number, photo in enumerate(seeds().values())]
    assert any(changed)
    assert isinstance(change(random.Random(0), b""), bytes)
    assert isinstance(change(random.Random(0), b"\xff\xd8\xff\xe0\0"), bytes)
