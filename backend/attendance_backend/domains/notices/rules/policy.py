"""The rules that there are: off, until a school switches them on."""

from collections.abc import Mapping

from attendance_backend.domains.notices.rules.schemas import NEVER_CHANGED, Rule
from attendance_backend.domains.notices.schemas import Audience, NoticeKind

AUDIENCES: Mapping[NoticeKind, frozenset[Audience]] = {
    NoticeKind.LOW_ATTENDANCE: frozenset(Audience),
    NoticeKind.ABSENCE: frozenset(Audience),
    NoticeKind.UNTAKEN: frozenset([Audience.TEACHER, Audience.OFFICE]),
}
_FAMILY = [Audience.STUDENT, Audience.GUARDIANS]
_LOW = (
    "Hello {name},\n\nattendance of {student} in {subject}: {rate} %. The school asks for {threshold} %.\n\n{school}\n"
)
_ABSENCE = "Hello {name},\n\n{student} was absent on {date} without an excuse:\n\n{lessons}\n\n{school}\n"
_UNTAKEN = "Hello {name},\n\nno attendance was taken in these lessons:\n\n{lessons}\n\n{school}\n"


def _rule(kind: NoticeKind, to: list[Audience], hour: int, text: str) -> Rule:
    shared = {"version": NEVER_CHANGED, "enabled": False, "every_days": 14, "over_all": False, "day_before": False}
    return Rule.model_validate({"id": kind, "to": to, "hour": hour, "text": text, **shared})


FIRST: Mapping[NoticeKind, Rule] = {
    NoticeKind.LOW_ATTENDANCE: _rule(NoticeKind.LOW_ATTENDANCE, _FAMILY, 17, _LOW),
    NoticeKind.ABSENCE: _rule(NoticeKind.ABSENCE, _FAMILY, 16, _ABSENCE),
    NoticeKind.UNTAKEN: _rule(NoticeKind.UNTAKEN, [Audience.TEACHER], 17, _UNTAKEN),
}
"""As long as a school has said nothing else."""
