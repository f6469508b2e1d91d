"""A campaign: what it counts as broken, what it keeps, and a few hundred hostile photos for real."""

from pathlib import Path

import pytest

from attendance_evaluation.fuzz.campaign import ENOUGH_FOR_GROWTH, GROWTH, Verdict, growth, judge, run_campaign
from attendance_evaluation.fuzz.victim import BROKEN, SEEN, Fate

MEGABYTE = 2**20


def fates(resident: list[int]) -> list[Fate]:
    return [Fate(number, SEEN, 0.01, held * MEGABYTE) for number, held in enumerate(resident)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("campaign")
    return made


@pytest.fixture(scope="module")
def verdict(folder: Path) -> Verdict:
    return run_campaign(3, 160, 1, folder)


def test_nothing_breaks_on_hostile_photos(verdict: Verdict) -> None:
    assert verdict.holds, verdict
    assert (verdict.images, verdict.growth) == (160, None)
    assert verdict.outcomes["INVALID_IMAGE"] > verdict.outcomes["seen"] > 10


def test_a_run_broken_off_goes_on_behind_the_last_whole_line(folder: Path, verdict: Verdict) -> None:
    (kept,) = folder.rglob("*.jsonl")
    lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    kept.write_text("".join(lines[:150]) + lines[150][:10], encoding="utf-8")
    assert run_campaign(3, 160, 1, folder).outcomes == verdict.outcomes
    assert kept.read_text(encoding="utf-8").splitlines(keepends=True)[:150] == lines[:150]


def test_a_process_that_died_or_hung_has_broken() -> None:
    died = Fate(1, f"{BROKEN}: ended by SIGSEGV", 0.0, 0)
    verdict = judge(3, [[*fates([100]), died]])
    assert not verdict.holds
    assert verdict.broken[0].startswith("3:1 (")
    assert verdict.broken[0].endswith("ended by SIGSEGV")
    assert verdict.outcomes == {"seen": 1, "broken": 1}


def test_memory_that_does_not_come_back_is_growth_and_a_large_photo_is_none() -> None:
    steady = [100] * ENOUGH_FOR_GROWTH
    peaks = [500 if number % 50 == 0 else held for number, held in enumerate(steady)]
    leaking = [100 + number for number in range(ENOUGH_FOR_GROWTH)]
    assert growth(fates(peaks)) == 0
    assert judge(3, [fates(peaks)]).holds
    assert growth(fates(leaking)) > GROWTH
    assert not judge(3, [fates(steady), fates(leaking)]).holds
