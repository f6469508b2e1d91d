"""Adding up, and which backups of keys have to go."""

from datetime import UTC, datetime, timedelta

import bson
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.backups.policy import (
    KEYS_GOOD_FOR,
    added,
    documents_in,
    keys_file,
    keys_to_remove,
    named,
)
from attendance_backend.domains.backups.schemas import Tally

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
THINGS = st.lists(st.binary(max_size=20))


@given(THINGS, st.randoms())
def test_the_order_does_not_matter_and_everything_else_does(things, order) -> None:
    shuffled = list(things)
    order.shuffle(shuffled)
    whole = added(Tally(), things)
    assert added(added(Tally(), shuffled[:3]), shuffled[3:]) == whole
    assert added(whole, [b"more"]) != whole
    assert added(Tally(), [b"ab", b"c"]) != added(Tally(), [b"a", b"bc"])
    assert named("ab", b"c") != named("a", b"bc")


@given(st.lists(st.dictionaries(st.text(max_size=5).filter(lambda name: "\0" not in name), st.integers(0, 9))))
def test_documents_that_were_joined_are_told_apart(documents) -> None:
    raw = [bson.encode(document) for document in documents]
    assert list(documents_in(b"".join(raw))) == raw


@given(st.lists(st.integers(0, 20 * 24), unique=True))
def test_of_backups_of_keys_the_last_two_are_kept_and_none_longer_than_seven_days(ages) -> None:
    moments = [NOW - timedelta(hours=age) for age in ages]
    others = ["data.backup", "keys.txt"]
    gone = keys_to_remove([*others, *map(keys_file, moments)], NOW)
    newest = sorted(moments)[-2:]
    stay = {keys_file(moment) for moment in newest if NOW - moment <= KEYS_GOOD_FOR}
    assert {keys_file(moment) for moment in moments} - set(gone) == stay
    assert not set(gone) & set(others)
