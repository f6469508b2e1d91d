"""The rules of notices, as pure functions: what a text may hold, what it becomes, and who gets it."""

import re
from collections.abc import Collection, Iterable, Mapping

from attendance_backend.domains.notices.schemas import NO_ADDRESS, OPTED_OUT, Draft, NoticeKind, Occasion, Recipient
from attendance_backend.domains.notices.schemas import opt_out_id as id_of
from attendance_kit.errors import InvalidRequest

_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_EVERYWHERE = frozenset(["school", "name", "date"])
PLACEHOLDERS: Mapping[NoticeKind, frozenset[str]] = {
    NoticeKind.LOW_ATTENDANCE: _EVERYWHERE | {"student", "subject", "rate", "threshold"},
    NoticeKind.ABSENCE: _EVERYWHERE | {"student", "lessons"},
    NoticeKind.UNTAKEN: _EVERYWHERE | {"lessons"},
    NoticeKind.BY_HAND: _EVERYWHERE | {"student", "subject"},
}
SUBJECT_LENGTH = 200
"""Characters of a mail's subject line: what is longer is cut by what shows it anyway."""


def check_text(kind: NoticeKind, text: str) -> None:
    """Pass a text whose braces all make placeholders of its kind.

    Raises:
        InvalidRequest: naming those that it does not know, or saying that a brace stands alone.
    """
    known = PLACEHOLDERS[kind]
    if unknown := sorted(set(_PLACEHOLDER.findall(text)) - known):
        said = ", ".join(f"{{{name}}}" for name in sorted(known))
        raise InvalidRequest(f"The text may hold {said}.", field="text", reasons=unknown)
    if set("{}") & set(_PLACEHOLDER.sub("", text)):
        raise InvalidRequest("A brace in the text has to be part of a placeholder.", field="text")


def render(text: str, values: Mapping[str, str]) -> str:
    """The text with its values, in one pass: what a value holds is never read as a placeholder.

    A name has no line breaks and no control characters afterwards; a list, one a line, is made of such.
    """
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def plain(value: str) -> str:
    """A value in one line of printable characters."""
    return _UNPRINTABLE.sub(" ", value).strip()


def turn_of(occasion: Occasion, recipient: Recipient) -> str:
    """What is told once in so many days: a kind, about a student and subject where it is, to one person."""
    about = occasion.student_id or "", occasion.subject_id or "", occasion.number
    return ":".join([occasion.kind, *about, recipient.person_id])


def drafts(occasions: Iterable[Occasion], text: str, opted_out: Collection[str]) -> list[Draft]:
    """A mail for each occasion and recipient; one that the recipient does not want or can't get is left out.

    Args:
        occasions: what is to be told.
        text: what it says, with placeholders.
        opted_out: ids of opt-outs that there are.
    """
    found = [_draft(about, to, text, opted_out) for about in occasions for to in about.recipients]
    return list({draft.turn: draft for draft in found}.values())


def untold(planned: Iterable[Draft], told: Collection[str]) -> list[Draft]:
    """Those drafts whose turn did not come within the days that have to lie between."""
    return [draft for draft in planned if draft.turn not in told]


def is_unwanted(ids: Iterable[str], kind: NoticeKind, opted_out: Collection[str]) -> bool:
    """Whether somebody, by any of their ids, wants no notices of the kind."""
    return any(id_of(one, kind) in opted_out for one in ids)


def _draft(about: Occasion, to: Recipient, text: str, opted_out: Collection[str]) -> Draft:
    left_out = NO_ADDRESS if to.address is None else None
    if is_unwanted(to.ids, about.kind, opted_out):
        left_out = OPTED_OUT
    values = {**about.values, "name": plain(to.name), "date": about.date.isoformat()}
    subject = f"{values['school']} · {values['date']}"[:SUBJECT_LENGTH]
    return Draft(about, to, turn_of(about, to), subject, render(text, values), left_out)
