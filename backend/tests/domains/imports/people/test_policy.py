"""Whom of a student's guardians the rows of a file mean."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_backend.domains.imports.people.policy import differences, paired
from attendance_backend.domains.imports.schemas import GuardianRow
from attendance_backend.domains.people.schemas import Guardian

NAMES, EMAILS, IDS = st.sampled_from(["Ann", "ann", "Bo"]), st.sampled_from([None, "a@x", "b@x"]), [None, "p1", "p2"]
TOLD = st.tuples(NAMES, EMAILS, st.sampled_from(IDS))
MANY = st.lists(TOLD, max_size=6)


def kept(told: list[tuple[str, str | None, str | None]]) -> list[Guardian]:
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    return [
        Guardian(id=str(n), student_id="s", name=name, email=email, external_id=external, created_at=now)
        for n, (name, email, external) in enumerate(told)
    ]


def rows(told: list[tuple[str, str | None, str | None]]) -> list[GuardianRow]:
    return [GuardianRow(line, "1", *one) for line, one in enumerate(told, start=2)]


@settings(deadline=None)
@given(MANY, MANY)
def test_no_two_rows_mean_one_guardian_and_none_is_meant_by_an_address_alone(
    before: list[tuple[str, str | None, str | None]], told: list[tuple[str, str | None, str | None]]
) -> None:
    found = paired(rows(told), kept(before))

    assert len({guardian.id for guardian in found.values()}) == len(found)
    by_line = {row.line: row for row in rows(told)}
    for line, guardian in found.items():
        row = by_line[line]
        same_name = row.name.casefold() == guardian.name.casefold()
        assert same_name or (row.external_id is not None and row.external_id == guardian.external_id)


@settings(deadline=None)
@given(st.lists(TOLD, max_size=6, unique_by=(lambda one: one[2] or (one[0].casefold(), one[1]),)))
def test_what_an_export_says_changes_nothing_when_it_comes_in_again(
    there: list[tuple[str, str | None, str | None]],
) -> None:
    again = rows(there)

    found = paired(again, kept(there))

    assert [differences(found[row.line], row) for row in again] == [{}] * len(there)
