"""The policy alone, with a clock of its own: what is waited for, and when a program is given up."""

from hypothesis import given
from hypothesis import strategies as st

from attendance_cli.restarts import USUAL, Pace, Restarts

LIVES = st.lists(st.tuples(st.booleans(), st.integers(0, 200)), max_size=60)
"""Starts of one program: whether it became ready, and how long it then lived."""


def waits_of(lives: list[tuple[bool, int]], pace: Pace = USUAL) -> list[float | None]:
    """What a program is told at the end of each life, until it is given up."""
    now, waits = 0.0, list[float | None]()
    restarts = Restarts(pace, now)
    for number, (became_ready, seconds) in enumerate(lives):
        if number and became_ready:
            restarts.became_ready(now)
        now += seconds
        waits.append(restarts.died(now))
        if waits[-1] is None:
            break
        now += waits[-1]
    return waits


def test_each_wait_is_twice_the_one_before_up_to_half_a_minute() -> None:
    assert waits_of([(True, 5)] * 8) == [1, 2, 4, 8, 16, 30, 30, 30]


def test_after_a_good_minute_it_is_started_again_at_once() -> None:
    assert waits_of([(True, 5)] * 4 + [(True, 60), (True, 5)]) == [1, 2, 4, 8, 1, 2]


def test_five_starts_that_came_to_nothing_are_the_end_of_it() -> None:
    assert waits_of([(True, 600)] + [(False, 1)] * 9) == [1, 2, 4, 8, 16, None]


def test_one_that_was_ready_in_between_may_try_as_often_again() -> None:
    tries = [(False, 1)] * 4
    assert waits_of([(True, 600), *tries, (True, 1), *tries, (True, 1)])[-1] == 30


@given(LIVES)
def test_whatever_happens_it_is_given_up_after_five_fruitless_starts_and_never_sooner(lives) -> None:
    lives = [(True, 1), *lives]
    waits = waits_of(lives)
    fruitless = "".join("." if ready else "x" for ready, _ in lives).find("xxxxx")
    assert len(waits) == (len(lives) if fruitless < 0 else fruitless + 5)
    assert [wait is None for wait in waits] == [
        fruitless >= 0 and number == fruitless + 4 for number in range(len(waits))
    ]


@given(LIVES)
def test_each_wait_counts_the_deaths_since_the_last_good_minute(lives) -> None:
    deaths = 0
    lives = [(True, 1), *lives]
    for (ready, seconds), wait in zip(lives, waits_of(lives), strict=False):
        deaths = 0 if ready and seconds >= 60 else deaths
        assert wait in {None, min(2.0**deaths, 30)}
        deaths += 1
