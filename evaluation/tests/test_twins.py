"""One person enrolled twice: noticed, left to a human, and of no consequence to the others."""

from evaluation.tests.test_selfchecks import SHIPPED, a_population

from attendance_evaluation.twins import plant_twins


def test_a_planted_pair_goes_to_a_human_and_changes_nothing_else() -> None:
    told = plant_twins(a_population(20, own=0.6), students=15, photos_each=2, calibration=SHIPPED)
    assert (told.rosters, told.noticed, told.changed) == (20, 20, 0)
    assert told.faces == told.to_review == 20
    assert told.present == 0
    assert told.by_margin_alone > 0, "or the margin alone would do"
    assert told.others == told.others_present == told.others_present_without == 20 * 13 * 3
