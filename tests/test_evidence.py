"""What the backend takes for granted of the calibrations, which it never sees."""

from itertools import product

import pytest

from attendance_backend.domains.attendance.policy import DISTANCE_PER_DECADE, confident_over
from attendance_contract.models import DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN, Thresholds
from attendance_ml.faces import Calibration, Way, shipped_calibrations

USUAL = Thresholds(confident=DEFAULT_CONFIDENT, uncertain=DEFAULT_UNCERTAIN, lookalike_margin=0.1)


@pytest.mark.parametrize(
    ("calibration", "way"), list(product(shipped_calibrations(), Way)), ids=lambda value: getattr(value, "id", value)
)
def test_a_photo_of_several_is_judged_by_no_more_than_its_share_of_the_rate(calibration: Calibration, way: Way) -> None:
    curve = calibration.curves[way]
    cosine_per_decade = (curve.cosine(DEFAULT_CONFIDENT) - curve.cosine(DEFAULT_UNCERTAIN)) / 2
    at_a_tenth = curve.distance(curve.cosine(DEFAULT_CONFIDENT) + cosine_per_decade)
    assert confident_over(10, USUAL) <= at_a_tenth
    assert DEFAULT_CONFIDENT - at_a_tenth == pytest.approx(DISTANCE_PER_DECADE, abs=0.035), "and not far below it"
