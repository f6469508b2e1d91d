"""What a notice's text may hold and becomes; and that a rule, however often it is carried out, tells nobody twice."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.notices.policy import PLACEHOLDERS, check_text, drafts, plain, render, untold
from attendance_backend.domains.notices.schemas import (
    NO_ADDRESS,
    OPTED_OUT,
    Audience,
    NoticeKind,
    Occasion,
    Recipient,
    opt_out_id,
)
from attendance_kit.errors import InvalidRequest

FIRST = dt.date(2026, 11, 1)
ABSENCE = NoticeKind.ABSENCE


@given(st.text(max_size=60), st.sampled_from(list(NoticeKind)))
def test_a_text_that_may_be_kept_can_always_be_rendered(text: str, kind: NoticeKind) -> None:
    values = dict.fromkeys(PLACEHOLDERS[kind], "{name}")
    try:
        check_text(kind, text)
    except InvalidRequest:
        assert set("{}") & set(text)
    else:
        assert render(text, values) == text


@pytest.mark.parametrize("text", ["{nobody}", "{rate}", "{name.email}", "{0}", "{name!r}", "{", "}", "{{name}}", "{}"])
def test_braces_that_are_no_placeholder_of_the_kind_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        check_text(ABSENCE, text)


def test_what_a_value_holds_is_never_read_as_a_placeholder() -> None:
    told = render("Dear {name}: {student}", {"name": "{student}", "student": "{link} {name}"})

    assert told == "Dear {student}: {link} {name}"


@given(st.text())
def test_a_name_becomes_one_line(name: str) -> None:
    assert len(plain(name).splitlines()) <= 1


@st.composite
def weeks(draw: st.DrawFn) -> list[tuple[int, dict[str, list[Recipient]], set[str]]]:
    """Runs, each on a day, with the students to tell of, their recipients, and the opt-outs there are by then."""
    ids = st.sampled_from(["user-1", "user-2", "guardian-1"])
    audiences, other_ids = st.sampled_from(list(Audience)), st.none() | st.just("kept-1")
    people = st.builds(Recipient, audiences, ids, st.just("Name"), st.none() | st.just("a@school.example"), other_ids)
    students = st.dictionaries(st.sampled_from(["s-1", "s-2"]), st.lists(people, max_size=4), max_size=2)
    unwanted = st.sets(st.builds(opt_out_id, ids | st.just("kept-1"), st.just(ABSENCE)), max_size=2)
    runs = draw(st.lists(st.tuples(st.integers(0, 3), students, unwanted), max_size=8))
    day, found = 0, []
    for later, told, opted_out in runs:
        day += later
        found.append((day, told, opted_out))
    return found


@given(weeks(), st.integers(1, 5))
def test_nobody_is_told_twice_within_the_days_or_told_at_all_who_opted_out(
    runs: list[tuple[int, dict[str, list[Recipient]], set[str]]], every_days: int
) -> None:
    log: list[tuple[str, int]] = []
    for day, found, opted_out in runs:
        date = FIRST + dt.timedelta(days=day)
        values = {"school": "School", "student": "Name", "lessons": "1: MATH"}
        occasions = [Occasion(ABSENCE, date, tuple(to), values, student) for student, to in found.items()]
        told = {turn for turn, on in log if on > day - every_days}
        planned = untold(drafts(occasions, "{name} {lessons}", opted_out), told)
        log += [(draft.turn, day) for draft in planned]

        reached = {(about.student_id, to.person_id) for about in occasions for to in about.recipients}
        assert {(draft.occasion.student_id, draft.recipient.person_id) for draft in planned} <= reached
        for draft in planned:
            unwanted = any(opt_out_id(one, ABSENCE) in opted_out for one in draft.recipient.ids)
            assert (draft.left_out == OPTED_OUT) == unwanted
            assert draft.left_out or draft.recipient.address
            assert unwanted or (draft.left_out == NO_ADDRESS) == (draft.recipient.address is None)
    for turn in {turn for turn, _ in log}:
        days = [day for other, day in log if other == turn]
        assert all(later - earlier >= every_days for earlier, later in itertools.pairwise(days))
