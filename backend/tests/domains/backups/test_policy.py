"""Adding up, and which backups of keys have to go."""

from datetime import UTC, datetime, timedelta

import bson
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.backups.policy import (
    DATA_KEPT,
    KEYS_GOOD_FOR,
    WHOLE_EVERY,
    added,
    data_file,
    data_to_remove,
    documents_in,
    keys_file,
    keys_to_remove,
    left_over,
    named,
    newest,
    to_build_on,
)
from attendance_backend.domains.backups.schemas import Holds, Tally

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
    others = ["data.backup", "keys.txt", data_file(NOW, is_whole=True)]
    gone = keys_to_remove([*others, *map(keys_file, moments)], NOW)
    newest = sorted(moments)[-2:]
    stay = {keys_file(moment) for moment in newest if NOW - moment <= KEYS_GOOD_FOR}
    assert {keys_file(moment) for moment in moments} - set(gone) == stay
    assert not set(gone) & set(others)


@given(st.lists(st.booleans(), max_size=25))
def test_of_backups_of_the_data_seven_are_kept_and_all_that_these_build_on(wholes) -> None:
    # The first has nothing to build on.
    made = [data_file(NOW + timedelta(days=day), is_whole=is_whole or not day) for day, is_whole in enumerate(wholes)]
    gone = data_to_remove([*made, "notes.txt", keys_file(NOW)])
    kept = made[len(gone) :]
    assert gone == made[: len(gone)], "the oldest"
    assert len(kept) >= min(DATA_KEPT, len(made))
    if made:
        assert ".since" not in kept[0], "one that is whole by itself begins what is kept"
        assert all(".since" in name for name in kept[1 : -DATA_KEPT + 1]), "nothing that none of the seven needs"


@given(st.lists(st.integers(1, 72), min_size=1, max_size=40))
def test_every_week_one_is_whole_and_the_others_build_on_the_one_before(hours) -> None:
    now, names, last_whole = NOW, list[str](), NOW
    for between in hours:
        now += timedelta(hours=between)
        before = to_build_on([*names, keys_file(now)], now)
        assert before == (names[-1] if names and now - last_whole < WHOLE_EVERY else None)
        last_whole = last_whole if before else now
        names.append(data_file(now, is_whole=before is None))
        of_a_wrong_clock = data_file(now + timedelta(days=1), is_whole=True)
        assert newest([*names, of_a_wrong_clock, keys_file(now)], Holds.DATA, now) == now
        assert to_build_on([*names, of_a_wrong_clock], now) == names[-1]


def test_what_was_begun_before_a_moment_and_never_finished_is_left_over() -> None:
    old, new = NOW - timedelta(hours=2), NOW - timedelta(minutes=1)
    data = [data_file(old, is_whole=True), data_file(old, is_whole=False)]
    unfinished = [f"{name}.part" for name in (*data, keys_file(old), data_file(new, is_whole=True))]
    files = [*data, *unfinished, "mine.backup.part"]
    assert left_over(files, Holds.DATA, NOW - timedelta(hours=1)) == unfinished[:2]
    assert left_over(files, Holds.KEYS, NOW) == unfinished[2:3]
    assert left_over(files, Holds.DATA, NOW) == [*unfinished[:2], *unfinished[3:]]
    assert newest(unfinished, Holds.DATA, NOW) is None, "none of them is a backup"
    assert newest([], Holds.KEYS, NOW) is None
