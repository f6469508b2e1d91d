"""What an archive's enrolments make of a place on a roster, and of a subject's teachers. Pure functions."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from attendance_backend.domains.imports.oneroster.schemas import Class, Enrolment, Session
from attendance_backend.domains.teaching.schemas import BEGINNING, END, RosterPlace
from attendance_backend.domains.teaching.schemas import Enrolment as Kept
from attendance_backend.domains.teaching.service import periods_of

Place = tuple[str, str]
"""A subject's id and a student's."""


def kept_as(enrolment: Enrolment, span: tuple[str, str]) -> Kept:
    """An enrolment as a place keeps it; where it tells no day, the terms of its class do."""
    since, until = span
    return Kept(
        external_id=enrolment.id,
        joins_on=enrolment.since.isoformat() if enrolment.since else since,
        leaves_on=enrolment.until.isoformat() if enrolment.until else until,
    )


def span_of(one: Class | None, sessions: Mapping[str, Session]) -> tuple[str, str]:
    """From the first day of a class's terms to the first day after them, as far as the archive tells them."""
    terms = [sessions[term] for term in (one.term_ids if one else ()) if term in sessions]
    if not terms:
        return BEGINNING, END
    return min(term.since for term in terms).isoformat(), max(term.until for term in terms).isoformat()


def with_told(before: RosterPlace, told: Collection[Kept], gone: Collection[str], today: dt.date) -> RosterPlace:
    """The place with what is told of it, and without those `gone`, which end today.

    Where nothing is new the place stays as it is, with what people have changed of its periods since.
    """
    ours = {one.external_id: one for one in before.enrolments}
    day = today.isoformat()
    ended = {one: ours[one].model_copy(update={"leaves_on": min(ours[one].leaves_on, day)}) for one in gone}
    after = {**ours, **ended, **{one.external_id: one for one in told}}
    enrolments = [one for one in after.values() if one.joins_on < one.leaves_on]
    if enrolments == before.enrolments:
        return before
    return before.model_copy(update={"enrolments": enrolments, "periods": periods_of(enrolments)})


def teachers_of(
    before: Sequence[str], told: Sequence[tuple[str, Enrolment]], today: dt.date
) -> tuple[list[str], list[str]]:
    """A subject's teachers, the primary one first, and those of before of whom the archive tells nothing.

    Who was put there by hand stays; who is told to have left, or whose time is over, goes.
    """
    still = [(user, one) for user, one in told if not one.deleted and (one.until is None or one.until > today)]
    first = [user for user, one in still if one.primary]
    rest = [user for user, one in still if not one.primary]
    over = {user for user, _ in told} - set(first) - set(rest)
    others = [user for user in before if user not in {*first, *rest, *over}]
    return list(dict.fromkeys([*first, *rest, *others])), others
