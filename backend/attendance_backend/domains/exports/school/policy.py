"""How what is kept is written into the cells of an export. Days and moments are ISO 8601, moments in UTC."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence

from attendance_backend.domains.attendance.schemas import SessionLine
from attendance_backend.domains.audit.schemas import SealedEntry
from attendance_backend.domains.consent.schemas import Consent
from attendance_backend.domains.consent.texts.schemas import ConsentText
from attendance_backend.domains.corrections.schemas import Answerable, CorrectionRequest
from attendance_backend.domains.excuses.schemas import Excuse
from attendance_backend.domains.exports.school.schemas import Names
from attendance_backend.domains.identity.schemas import User
from attendance_backend.domains.people.schemas import Guardian, Student
from attendance_backend.domains.records.schemas import RecordHistory, RecordTold
from attendance_backend.domains.teaching.schemas import BEGINNING, END, RosterPlace, Subject
from attendance_backend.domains.timetable.schemas import NamedDays, Timetable

Cells = Sequence[str]
BETWEEN = " "
"""Stands between several addresses in one cell: no address has it."""
STUDENTS = (
    *("roll_number", "name", "is_minor", "group", "email", "date_of_birth"),
    *("external_id", "archived_on", "created_at", "account", "id"),
)
GUARDIANS = ("roll_number", "name", "email", "external_id", "account", "id")
USERS = ("email", "name", "role", "created_at", "signed_in_at", "deactivated_at", "external_id", "id")
SUBJECTS = ("subject_code", "name", "teachers", "archived", "external_id", "created_at", "id")
DAYS = ("name", "first_day", "last_day", "external_id", "id")
ROOMS = ("name", "id")
TIMETABLE = (
    *("subject_code", "weekday", "period", "starts_at", "ends_at", "room"),
    *("valid_from", "valid_to", "every_weeks", "first_week"),
)
ROSTERS = ("subject_code", "roll_number", "joins_on", "leaves_on")
SESSIONS = (
    *("id", "subject_code", "date", "period", "starts_at", "room", "state"),
    *("opened_at", "opened_by", "closed_at", "closed_by"),
)
RECORDS = (
    *("id", "session_id", "subject_code", "roll_number", "date", "status", "source"),
    *("minutes_late", "left_at", "at", "by"),
)
HISTORY = ("record_id", "number", "at", "by", "from", "to", "source", "reason", "minutes_late", "left_at")
_ANSWER = ("reason", "state", "asked_by", "asked_at", "answer", "answered_by", "answered_at")
EXCUSES = ("id", "roll_number", "subject_code", "from", "to", *_ANSWER)
CORRECTIONS = ("id", "record_id", "roll_number", "subject_code", "date", "before", "wanted", *_ANSWER)
CONSENTS = ("roll_number", "given_by", "guardian_name", "text_version", "given_on")
CONSENT_HISTORY = (
    *("id", "roll_number", "purpose", "text_version", "given_by", "guardian_name", "given_at", "recorded_by"),
    *("ended_at", "ended_by", "ended_as", "reason"),
)
CONSENT_TEXTS = ("version", "language", "published_at", "published_by", "text")
AUDIT = (
    *("number", "at", "actor", "actor_role", "action", "target", "details", "request_id"),
    *("id", "hash", "previous_hash"),
)


def moment(at: dt.datetime | None) -> str:
    return at.isoformat() if at else ""


def told(value: object) -> str:
    """A cell of whatever is kept; nothing, of what is not."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def student(one: Student, names: Names) -> Cells:
    start = (one.roll_number, one.name, told(one.is_minor), told(one.group), told(one.email), told(one.date_of_birth))
    rest = (told(one.external_id), told(one.archived_on), moment(one.created_at), names.user(one.user_id), one.id)
    return (*start, *rest)


def guardian(one: Guardian, names: Names) -> Cells:
    who = (names.student(one.student_id), one.name, told(one.email))
    return (*who, told(one.external_id), names.user(one.user_id), one.id)


def user(one: User) -> Cells:
    moments = (moment(one.created_at), moment(one.signed_in_at), moment(one.deactivated_at))
    return one.email, one.name, one.role, *moments, told(one.external_id), one.id


def subject(one: Subject, names: Names) -> Cells:
    teachers = BETWEEN.join(names.user(teacher) for teacher in one.teacher_ids)
    rest = (told(one.archived), told(one.external_id), moment(one.created_at), one.id)
    return (one.code, one.name, teachers, *rest)


def days(one: NamedDays) -> Cells:
    return one.name, one.first_day, one.last_day, told(one.external_id), one.id


def timetable(one: Timetable, names: Names) -> Iterator[Cells]:
    for entry in one.entries:
        lesson = (told(entry.weekday), told(entry.period), entry.starts_at, entry.ends_at, names.room(entry.room_id))
        weeks = (told(entry.valid_from), told(entry.valid_to), told(entry.every_weeks), told(entry.first_week))
        yield (names.subject(one.id), *lesson, *weeks)


def roster_place(one: RosterPlace, names: Names) -> Iterator[Cells]:
    for period in one.periods:
        joins = "" if period.joins_on == BEGINNING else period.joins_on
        leaves = "" if period.leaves_on == END else period.leaves_on
        yield names.subject(one.subject_id), names.student(one.student_id), joins, leaves


def session(one: SessionLine, names: Names) -> Cells:
    when = (one.date, told(one.period), moment(one.starts_at), names.room(one.room_id), one.state)
    opened = (moment(one.opened_at), names.user(one.opened_by))
    return one.id, names.subject(one.subject_id), *when, *opened, moment(one.closed_at), names.user(one.closed_by)


def record(one: RecordTold, names: Names) -> Cells:
    of = (names.subject(one.subject_id), names.student(one.student_id), one.date)
    what = (one.status, one.source, told(one.minutes_late), moment(one.left_at))
    return (one.id, one.session_id, *of, *what, moment(one.at), names.user(one.by))


def history(one: RecordHistory, names: Names) -> Iterator[Cells]:
    for number, change in enumerate(one.history, start=1):
        who = (one.id, told(number), moment(change.at), names.user(change.by))
        what = (told(change.from_status), change.to, change.source, told(change.reason))
        yield (*who, *what, told(change.minutes_late), moment(change.left_at))


def _answer(one: Answerable, names: Names) -> Cells:
    asked = (one.reason, one.state, names.user(one.asked_by), moment(one.asked_at))
    return (*asked, told(one.answer), names.user(one.answered_by), moment(one.answered_at))


def excuse(one: Excuse, names: Names) -> Cells:
    of = (names.student(one.student_id), names.subject(one.subject_id), one.since, one.until)
    return (one.id, *of, *_answer(one, names))


def correction(one: CorrectionRequest, names: Names) -> Cells:
    of = (names.student(one.student_id), names.subject(one.subject_id), one.date)
    return (one.id, one.record_id, *of, one.before, one.status, *_answer(one, names))


def consent(one: Consent, names: Names, zone: dt.tzinfo) -> Cells:
    """As an import reads it: of those in force."""
    day = one.given_at.astimezone(zone).date().isoformat()
    return names.student(one.student_id), one.given_by, told(one.guardian_name), one.text_version, day


def consent_told(one: Consent, names: Names) -> Cells:
    given = (one.purpose, one.text_version, one.given_by, told(one.guardian_name), moment(one.given_at))
    by = names.user(one.recorded_by)
    ended = one.ended
    end = (moment(ended.at), names.user(ended.by), ended.how, told(ended.reason)) if ended else ("",) * 4
    return (one.id, names.student(one.student_id), *given, by, *end)


def consent_text(one: ConsentText, names: Names) -> Cells:
    return one.version, one.language, moment(one.published_at), names.user(one.published_by), one.text


def audit_entry(one: SealedEntry, names: Names) -> Cells:
    number, digest, previous = (one.seal.number, one.seal.hash, one.seal.previous) if one.seal else ("", "", "")
    who = (names.user(one.actor_id), one.actor_role, one.action, one.target_id)
    details = json.dumps(one.details, ensure_ascii=False, sort_keys=True)
    return (told(number), moment(one.at), *who, details, told(one.request_id), one.id, digest, previous)
