"""Levels of load are run on the real service, and its figures add up."""

import math
from dataclasses import replace

import pytest

from attendance_bench.load import CLASS, OLD, OURS, PORTRAIT, Level, percentile, ratios, run_level
from attendance_bench.memory import growth
from attendance_bench.servers import ml_server
from attendance_ml.samples import sample_photo

LEVEL = Level(OURS, CLASS, 4, 12.0, 96, 1.0, 2.0, 3.0, 0, 0, 4.0, 200.0, 210.0)


def test_a_level_counts_what_was_answered_and_asks_for_health_meanwhile() -> None:
    photo = sample_photo("obama.jpg").read_bytes()
    with ml_server() as server:
        level = run_level(server, (OURS, PORTRAIT), photo, clients=2, seconds=0.5)
    assert level.answered >= 2
    assert (level.rejected, level.failed) == (0, 0)
    assert 0 < level.p50 <= level.p95 <= level.p99
    assert level.health_p99 > 0
    assert level.memory_after > 0


def test_photos_that_are_not_taken_count_as_failed() -> None:
    with ml_server() as server:
        level = run_level(server, (OURS, PORTRAIT), b"no photo", clients=1, seconds=0.1)
    assert level.failed >= 1
    assert level.answered == 0
    assert math.isnan(level.p99)


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99)] == [51, 96, 100]
    assert percentile([7.0], 0.99) == 7


def test_the_old_engine_is_compared_at_the_same_level_only() -> None:
    levels = [LEVEL, replace(LEVEL, clients=16), replace(LEVEL, server=OLD, per_second=0.5)]
    assert ratios(levels) == "throughput against the old engine: class photo with 4 clients 24x"


@pytest.mark.parametrize(("step", "expected"), [(0.0, 0.0), (0.5, 5.0)])
def test_growth_is_the_slope_of_the_last_half_in_a_thousand_photos(step: float, expected: float) -> None:
    readings = [100.0 * number for number in range(50)] + [5000 + step * number for number in range(50)]
    assert growth(readings, 10_000) == pytest.approx(expected)
