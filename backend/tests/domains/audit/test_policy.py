"""The chain, on made-up entries: whatever is done to it, the first place where it no longer holds is named."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.audit import policy
from attendance_backend.domains.audit.schemas import ChainHead, RawEntry

LENGTH = 6
PLACES = st.integers(0, LENGTH - 1)


def a_chain() -> tuple[list[dict[str, Any]], ChainHead]:
    """Sealed documents as they would be read back, and the head after them."""
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    rows: list[dict[str, Any]] = [
        {"_id": f"entry-{n}", "at": at, "action": "student created", "details": {"count": n}} for n in range(LENGTH)
    ]
    made, head = policy.seals([RawEntry(row["_id"], row) for row in rows], ChainHead())
    return [{**row, "sealed": True, "seal": made[row["_id"]].model_dump()} for row in rows], head


def first_fault(rows: list[dict[str, Any]], head: ChainHead) -> str | None:
    """As a walk finds it, by number."""
    reached = ChainHead()
    for row in sorted(rows, key=lambda row: row["seal"]["number"]):
        entry = RawEntry(row["_id"], row)
        if fault := policy.fault(entry, reached):
            return fault
        reached = policy.head_after(entry)
    return policy.end_fault(reached, head)


def test_a_chain_that_nobody_touched_holds() -> None:
    rows, head = a_chain()

    assert first_fault(rows, head) is None


@given(place=PLACES, field=st.sampled_from(["_id", "action", "sealed", "hash", "previous", "details", "at", "more"]))
def test_an_entry_that_was_changed_in_any_field_is_named(place: int, field: str) -> None:
    rows, head = a_chain()
    if field in {"hash", "previous"}:
        rows[place]["seal"][field] = "0" * 64
    else:
        rows[place][field] = f"{rows[place].get(field)} "

    assert first_fault(rows, head) == f"entry {rows[place]['_id']}, number {place + 1}, was changed"


@given(place=st.integers(0, LENGTH - 2))
def test_an_entry_that_was_removed_is_named_by_its_number_and_the_one_after_it(place: int) -> None:
    rows, head = a_chain()
    del rows[place]

    told = first_fault(rows, head)

    assert told == f"entry number {place + 1} was removed, before entry entry-{place + 1}"


@given(place=PLACES)
def test_an_end_that_was_cut_off_is_told(place: int) -> None:
    rows, head = a_chain()

    told = first_fault(rows[:place], head)

    assert told == f"the last entries, from number {place + 1} to {LENGTH}, were removed"


@given(first=PLACES, second=PLACES)
def test_entries_that_changed_places_are_told_at_the_first_of_the_two(first: int, second: int) -> None:
    rows, head = a_chain()
    rows[first]["seal"], rows[second]["seal"] = deepcopy(rows[second]["seal"]), deepcopy(rows[first]["seal"])

    told = first_fault(rows, head)

    if first == second:
        assert told is None
    else:
        assert told is not None
        assert f"number {min(first, second) + 1}," in told


@pytest.mark.parametrize("place", range(LENGTH))
def test_an_entry_with_a_seal_of_its_own_that_was_put_in_is_named(place: int) -> None:
    rows, head = a_chain()
    forged = {"_id": "forged", "action": "nothing happened", "details": {}}
    seal = policy.link(RawEntry("forged", forged), ChainHead(place, "f" * 64))
    rows[place] = {**forged, "sealed": True, "seal": seal.model_dump()}

    told = f"entry forged, number {place + 1}, does not follow the one before it: inserted or moved"
    assert first_fault(rows, head) == told


def test_a_head_that_was_changed_is_told() -> None:
    rows, head = a_chain()

    assert first_fault(rows, ChainHead(head.number, "0" * 64)) == (
        f"the head of the chain was changed: it is not entry number {LENGTH}"
    )
