"""Whatever is killed at whatever moment: what was acknowledged is stored, once, and everything adds up.

`KILL_ROUNDS` and `KILL_SEED` tell longer stories and others; with `KILL_TRUE_ROUNDS` some of them with the true ML
service.
"""

import copy
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from kills.cameras import PlayedCamera, TrueCamera
from kills.recount import CHECKS, everything_wrong
from kills.site import played_ml_service
from kills.story import Outcome, some_rounds

from attendance_cli import programs

ROUNDS = int(os.environ.get("KILL_ROUNDS", "2"))
TRUE_ROUNDS = int(os.environ.get("KILL_TRUE_ROUNDS", "0"))
SEED = os.environ.get("KILL_SEED", "1")
AT_ONCE = 10
"""Rounds of one site: the embedded database slows down with how often its rows were rewritten."""
SECONDS = 900
PLAYED, TRUE = "played", "true"
Rows = dict[str, list[dict[str, Any]]]


def stories() -> list[tuple[str, int, int]]:
    """Which ML service, the number of the site, and how many rounds it has."""
    asked = ((PLAYED, ROUNDS), (TRUE, TRUE_ROUNDS))
    return [
        (service, number, min(AT_ONCE, rounds - first))
        for service, rounds in asked
        for number, first in enumerate(range(0, rounds, AT_ONCE))
    ]


@pytest.fixture(scope="module", params=stories(), ids=str)
async def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    service, number, rounds = request.param
    home = tmp_path_factory.mktemp("home")
    seed = f"{SEED}/{service}/{number}"
    if service == TRUE:
        return await some_rounds(home, programs.ml_service, TrueCamera(home), seed, rounds)
    return await some_rounds(home, played_ml_service, PlayedCamera(), seed, rounds)


@pytest.mark.timeout(SECONDS)
async def test_nothing_is_lost_and_nothing_doubled(
    outcome: Outcome, record_property: Callable[[str, object], None]
) -> None:
    for victim, times in outcome.killed.items():
        record_property(f"kills of the {victim}", times)
    record_property("acknowledged writes", sum(each.done for each in outcome.found.ledger.answered))
    record_property("tries that broke off", outcome.found.ledger.setbacks.total())
    record_property("first answers given again", outcome.found.ledger.replayed)
    record_property("orphan photos swept", outcome.orphans)

    assert not outcome.wrong, f"seed {SEED}: {'; '.join(outcome.wrong)}"


def lost_session(rows: Rows) -> None:
    rows["sessions"].pop()


def change_made_twice(rows: Rows) -> None:
    rows["sessions"][0]["version"] += 1


def word_of_nobody(rows: Rows) -> None:
    student = rows["records"][0]["student_id"]
    for row in rows["sessions"]:
        row["marks"] = {student: {"reason": "nobody's"}}
    for row in rows["records"]:
        row["history"][-1]["reason"] = "nobody's"


def decision_of_nobody(rows: Rows) -> None:
    rows["sessions"][0]["decisions"].append({"capture_id": "none", "face_index": 0, "student_id": None})


def lost_photo(rows: Rows) -> None:
    rows["captures"].pop()


def photo_not_recognised(rows: Rows) -> None:
    rows["captures"][0]["state"] = "received"


def lost_record(rows: Rows) -> None:
    rows["records"].pop()


def gap_in_a_history(rows: Rows) -> None:
    rows["records"][0]["history"].insert(0, rows["records"][0]["history"][0])


def counted_twice(rows: Rows) -> None:
    numbers = next(iter(rows["tallies"][0]["students"].values()))
    numbers["present"] = numbers.get("present", 0) + 1


def told_twice(rows: Rows) -> None:
    rows["audit"] += [row for row in rows["audit"] if row["action"] == "session opened"]


def entry_moved(rows: Rows) -> None:
    first, second = rows["audit"][:2]
    first["seal"], second["seal"] = second["seal"], first["seal"]
    first["seal"]["number"], second["seal"]["number"] = second["seal"]["number"], first["seal"]["number"]


SEEN_BY: dict[str, list[Callable[[Rows], None]]] = {
    "opened": [lost_session],
    "versions": [change_made_twice],
    "words": [word_of_nobody],
    "decisions": [decision_of_nobody],
    "captures": [lost_photo, photo_not_recognised],
    "records": [lost_record, gap_in_a_history],
    "totals": [counted_twice],
    "audited": [told_twice],
    "chained": [entry_moved],
}


@pytest.mark.timeout(SECONDS)
def test_the_recount_sees_whatever_is_lost_or_doubled(outcome: Outcome) -> None:
    seen = []
    for check, tamperings in SEEN_BY.items():
        for tamper in tamperings:
            rows: Rows = copy.deepcopy(dict(outcome.found.rows))
            tamper(rows)
            wrong = everything_wrong(replace(outcome.found, rows=rows))
            seen.append((check, any(fault.startswith(f"{check}:") for fault in wrong)))

    assert all(is_seen for _, is_seen in seen), seen
    assert SEEN_BY.keys() == {check.__name__ for check in CHECKS}
