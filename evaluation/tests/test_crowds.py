"""Counting who was found on photos of many people, and composing such photos."""

import json
from collections import Counter

import numpy as np

from attendance_evaluation.commands.crowds import Cost
from attendance_evaluation.crowds import CLOSE_UP, PEOPLE, WIDTHS, _close_up, _mixed, tally
from attendance_ml.samples import Box, sample_portrait


def finds(*boxes: tuple[float, float, float, float]) -> np.ndarray:
    rows = np.zeros((len(boxes), 15), np.float32)
    rows[:, :4] = boxes
    return rows


def test_a_face_is_found_once_and_what_is_elsewhere_is_told() -> None:
    faces = [Box(100, 100, 132, 140), Box(200, 100, 264, 180)]
    counted = tally(finds((101, 99, 30, 42), (105, 104, 25, 30), (500, 500, 30, 40), (90, 90, 300, 300)), faces)
    assert (counted.there, counted.found) == ({32: 1, 64: 1}, {32: 1, 64: 0})
    assert (counted.doubles, counted.false) == (1, 2)


def test_recall_counts_faces_of_at_least_a_width() -> None:
    cost = Cost()
    cost.there.update({24: 10, 32: 10, 64: 10})
    cost.found.update({24: 1, 32: 9, 64: 10})
    assert cost.recall(30) == 0.95
    assert cost.recall(1000) == 0


def test_what_was_counted_can_be_told_as_json() -> None:
    cost = Cost(photos=1)
    cost.there.update({24: 2})
    told = json.loads(json.dumps(cost.facts()))
    assert (told["there"], told["found"], told["photos"]) == ({"24": 2}, {}, 1)


def test_sixty_people_and_one_near_are_on_one_photo() -> None:
    hopper = sample_portrait("grace_hopper.jpg")
    mixed = _mixed([hopper] * PEOPLE, *_close_up(hopper), seed=0)
    widths = Counter(face.width for face in mixed.faces)
    assert widths == {CLOSE_UP: 1, **dict.fromkeys(WIDTHS, PEOPLE // len(WIDTHS))}
    assert mixed.image.size == (4000, 3000)
    assert all(face.right <= 4000 and face.bottom <= 3000 for face in mixed.faces)
