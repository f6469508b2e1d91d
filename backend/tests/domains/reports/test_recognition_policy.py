"""The school's own rates of recognition: how they are told from counts, and when they are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_backend.domains.reports.recognition.policy import MIN_CASES, Sum, Z, by, cells, quality, rate, wilson
from attendance_backend.domains.tallies.faces.schemas import FaceCounts, FaceTally, Judged, Outcomes

CASES = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda pair: (pair[0], sum(pair)))
ONE, OTHER = [
    Judged(model=f"net@{n}", calibration="c", confident=0.4, uncertain=0.5, lookalike_margin=0.05) for n in "12"
]


def tally(number: int, subject: str, date: str, judged: Judged | None, **outcomes: int) -> FaceTally:
    faces = FaceCounts(photos=1, faces=sum(outcomes.values()))
    told = {"date": date, "month": date[:7], "judged": judged, "faces": faces, "outcomes": Outcomes(**outcomes)}
    return FaceTally(id=str(number), subject_id=subject, **told)


@settings(deadline=None)
@given(CASES.filter(lambda pair: pair[1] > 0))
def test_an_interval_ends_where_the_counted_share_would_just_be_believed(counts: tuple[int, int]) -> None:
    count, cases = counts
    low, high = wilson(count, cases)

    assert 0 <= low <= count / cases + 1e-12
    assert count / cases - 1e-12 <= high <= 1
    for end in (low, high):
        deviation, believed = (count / cases - end) ** 2, Z**2 * end * (1 - end) / cases
        assert deviation == pytest.approx(believed, abs=1e-9)


@pytest.mark.parametrize(
    ("count", "cases", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, table I: the score method without continuity correction.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_of_the_literature(count: int, cases: int, low: float, high: float) -> None:
    assert wilson(count, cases) == pytest.approx((low, high), abs=5e-5)


def test_too_few_cases_have_no_rate_but_their_counts() -> None:
    few, enough = rate(1, MIN_CASES - 1), rate(1, MIN_CASES)

    assert (few.count, few.cases, few.rate, few.low, few.high) == (1, MIN_CASES - 1, None, None, None)
    assert enough.rate == pytest.approx(3.33)


def test_rates_are_about_those_whom_photos_named_and_those_who_were_there() -> None:
    told = quality(Sum(3, FaceCounts(), Outcomes(named_there=90, named_absent=10, named_excused=5, unseen_there=8,
                                                 offered_there=2, unseen_absent=20, offered_absent=1)))  # fmt: skip

    assert (told.false_matches.count, told.false_matches.cases, told.false_matches.rate) == (10, 100, 10.0)
    assert (told.misses.count, told.misses.cases, told.misses.rate) == (8, 100, 8.0)
    assert (told.asked.count, told.asked.cases, told.asked.rate) == (2, 100, 2.0)


def test_tallies_are_put_together_by_subject_week_and_what_judged_them() -> None:
    found = cells(
        [
            tally(1, "math", "2026-11-16", ONE, named_there=1),
            tally(2, "math", "2026-11-22", ONE, named_there=2),
            tally(3, "math", "2026-11-23", OTHER, named_there=4),
            tally(4, "art", "2026-11-23", None, named_there=8),
            FaceTally(id="5", subject_id="art", date="2026-11-23", month="2026-11"),
        ]
    )

    weeks = {monday: of.outcomes.named_there for monday, of in by(found, lambda cell: cell.monday).items()}
    judged = {one: (of.sessions, of.outcomes.named_there) for one, of in by(found, lambda cell: cell.judged).items()}
    assert weeks == {"2026-11-16": 3, "2026-11-23": 12}
    assert judged == {ONE: (2, 3), OTHER: (1, 4), None: (1, 8)}
