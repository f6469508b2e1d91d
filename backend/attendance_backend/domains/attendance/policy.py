"""The rules of taking attendance, as pure functions: who is seen, what a register says, who may still change what."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from attendance_backend.domains.attendance.errors import (
    SessionLocked,
    SessionNotClosed,
    SessionNotOpen,
)
from attendance_backend.domains.attendance.schemas import (
    Capture,
    CaptureState,
    Decision,
    Face,
    Proposal,
    Recognition,
    Row,
    RowStatus,
    Session,
    SessionState,
    Sighting,
    Tally,
)
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.records.schemas import (
    SEEN_BY,
    Attendance,
    AttendanceRecord,
    Entry,
    FaceEvidence,
    Seen,
    Source,
)
from attendance_backend.domains.tallies.faces.schemas import FaceCounts, Judged, Photographed
from attendance_contract.models import FaceStatus, Thresholds

REOPEN_FOR = timedelta(hours=24)
"""For sessions that were closed before the institution could say how long."""
MINUTE = timedelta(minutes=1)
DISTANCE_PER_DECADE = 0.065
"""A tenth of the false match rate lies at most so much lower than the confident threshold. Between the two thresholds,
two decades apart, the logarithm of the rate is straight in cosine; carried on below the confident one that is 0.036 to
0.061 of distance, by shipped calibration (tests/test_evidence.py)."""
SAID_AS = {FaceStatus.PRESENT: "named", FaceStatus.UNCERTAIN: "offered", FaceStatus.UNKNOWN: "strangers"}
NOT_SEEN = Proposal(seen=Seen.NOT_SEEN)


@dataclass(frozen=True)
class Told:
    """What is known of a session's students beside the photos: since when a code shows them there, and why excused."""

    check_ins: Mapping[str, datetime] = field(default_factory=dict)
    excuses: Mapping[str, str] = field(default_factory=dict)


NOTHING_TOLD = Told()


@dataclass(frozen=True)
class Evidence:
    """Everything a register is made of. `records` are a closed session's, by student; an open one is not asked for any.

    `rows` are as recorded once the session is closed.
    """

    session: Session
    captures: Sequence[Capture]
    records: Mapping[str, AttendanceRecord]
    sightings: Sequence[Sighting]
    rows: Sequence[Row]


def at_moment(session: Session, now: datetime) -> Session:
    """The session as it is now: a closed one is locked once the time to look it over has passed."""
    if session.state is SessionState.CLOSED and now >= _locks_at(session):
        return session.model_copy(update={"state": SessionState.LOCKED})
    return session


def _locks_at(session: Session) -> datetime:
    return session.locks_at or (session.closed_at or session.opened_at) + REOPEN_FOR


def check_open(session: Session) -> None:
    """Raise SessionNotOpen unless photos and marks are still taken."""
    if session.state is not SessionState.OPEN:
        raise SessionNotOpen


def check_reopenable(session: Session) -> None:
    """Raise SessionLocked when it is too late to reopen."""
    if session.state is SessionState.LOCKED:
        raise SessionLocked


def check_closed(session: Session) -> None:
    """Raise SessionNotClosed while photos and marks are still taken."""
    if session.state is SessionState.OPEN:
        raise SessionNotClosed


def check_correctable(caller: Caller, session: Session) -> None:
    """Raise unless the caller may correct records: once it is closed, and when it is locked only an administrator."""
    if session.state is SessionState.OPEN:
        raise SessionNotClosed("Mark the student instead: the session is still open.")
    if session.state is SessionState.LOCKED and caller.role is not Role.ADMINISTRATOR:
        raise SessionLocked


def decide(decisions: Iterable[Decision], new: Decision) -> list[Decision]:
    """The decisions with a new one. A student is one face of a photo at most: an earlier word on another one falls."""

    def stands(old: Decision) -> bool:
        same_face = old.face_index == new.face_index
        same_student = new.student_id is not None and old.student_id == new.student_id
        return old.capture_id != new.capture_id or not (same_face or same_student)

    return [*filter(stands, decisions), new]


def sightings(captures: Iterable[Capture], decisions: Iterable[Decision], roster: Collection[str]) -> list[Sighting]:
    """Every face of every recognised capture with who it is: as decided, else as matched, else nobody.

    A match is put aside when its student was decided to be another face of the same photo, or left the roster.
    """
    said: dict[str, dict[int, Decision]] = defaultdict(dict)
    for decision in decisions:
        said[decision.capture_id][decision.face_index] = decision
    return [
        _sighting(capture, capture.recognition, face, said[capture.id], roster)
        for capture in captures
        if capture.recognition
        for face in capture.recognition.faces
    ]


def _sighting(
    capture: Capture, recognition: Recognition, face: Face, said: Mapping[int, Decision], roster: Collection[str]
) -> Sighting:
    decision = said.get(face.index)
    taken = {other.student_id for other in said.values()}
    matched = face.student_id if face.status is not FaceStatus.UNKNOWN else None
    free = matched if matched in roster and matched not in taken else None
    student = decision.student_id if decision else free
    measured = student is not None and student == face.student_id
    return Sighting(
        capture_id=capture.id,
        face_index=face.index,
        student_id=student,
        at=capture.submitted_at,
        decided=decision is not None,
        status=face.status,
        location=face.location,
        distance=face.distance if measured else None,
        similarity=face.similarity if measured else None,
        model=recognition.model,
        thresholds=recognition.thresholds,
        by_kiosk=capture.by_kiosk,
    )


def propose(seen: Sequence[Sighting], photos: int) -> Proposal:
    """What the sightings of one student say together, by the smallest distance.

    Several photos give a stranger several chances: with k photos a student counts as present when two photos agree, or
    when the distance keeps to the threshold for a k-th of the false match rate. `photos` are as `chances` counts them.
    """
    if not seen:
        return NOT_SEEN
    if decided := [sighting for sighting in seen if sighting.decided]:
        return Proposal(seen=Seen.PRESENT, best=min(decided, key=_closeness), since=_first(decided))
    best = min(seen, key=_closeness)
    confident = [sighting for sighting in seen if sighting.status is FaceStatus.PRESENT]
    agreeing = {sighting.capture_id for sighting in confident}
    enough = len(agreeing) > 1 or any(_is_within(sighting, photos) for sighting in confident)
    return Proposal(seen=Seen.PRESENT, best=best, since=_first(confident)) if enough else _unsure(best)


def _unsure(best: Sighting) -> Proposal:
    return Proposal(seen=Seen.UNCERTAIN, best=best)


def _first(seen: Iterable[Sighting]) -> datetime:
    return min(sighting.at for sighting in seen)


def _closeness(sighting: Sighting) -> float:
    return math.inf if sighting.distance is None else sighting.distance


def _is_within(sighting: Sighting, photos: int) -> bool:
    return sighting.distance is not None and sighting.distance <= confident_over(photos, sighting.thresholds)


def confident_over(photos: int, thresholds: Thresholds) -> float:
    """The distance at which the false match rate is at most that of the confident threshold divided by `photos`."""
    return max(thresholds.confident - math.log10(max(photos, 1)) * DISTANCE_PER_DECADE, 0.0)


def register_rows(
    session: Session, roster: Iterable[str], faces: Iterable[Sighting], photos: int, told: Told = NOTHING_TOLD
) -> list[Row]:
    """One row a student: a person's mark counts first, then an excuse, then what photos and code say."""
    by_student = _by_student(faces)
    return [_row(session, student, propose(by_student[student], photos), told, photos) for student in roster]


def _by_student(faces: Iterable[Sighting]) -> Mapping[str, list[Sighting]]:
    by_student: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in faces:
        if sighting.student_id:
            by_student[sighting.student_id].append(sighting)
    return by_student


def _row(session: Session, student_id: str, by_face: Proposal, told: Told, photos: int) -> Row:
    checked_in = told.check_ins.get(student_id)
    proposal = by_face.model_copy(update={"seen": Seen.PRESENT}) if checked_in else by_face
    moments = [moment for moment in (by_face.since, checked_in) if moment]
    found = Row(student_id=student_id, status=RowStatus.UNMARKED, proposal=proposal.seen, source=None, photos=photos)
    if mark := session.marks.get(student_id):
        says = mark.model_dump(include={"source", "reason", "minutes_late", "left_at"})
        says["status"] = RowStatus(mark.status)
    elif student_id in told.excuses:
        says = {"status": RowStatus.EXCUSED, "source": Source.EXCUSE, "reason": told.excuses[student_id]}
    elif moments:
        says = _arrived(session, min(moments), _seen_by(by_face) if by_face.since else Source.CODE)
    else:
        says = {}
    return found.model_copy(update={**says, "best": proposal.best})


def _seen_by(proposal: Proposal) -> Source:
    return Source.KIOSK if proposal.best and proposal.best.by_kiosk else Source.FACE


def _arrived(session: Session, moment: datetime, source: Source) -> dict[str, object]:
    minutes = minutes_late(session, moment)
    status = RowStatus.PRESENT if minutes is None else RowStatus.LATE
    return {"status": status, "source": source, "minutes_late": minutes}


def minutes_late(session: Session, moment: datetime) -> int | None:
    """Whole minutes from the session's start to the moment, if that is later than is still in time; else None."""
    if session.starts_at is None or session.late_after_minutes is None:
        return None
    late = moment - session.starts_at
    return late // MINUTE if late > session.late_after_minutes * MINUTE else None


def weigh(
    session: Session,
    captures: Sequence[Capture],
    students: Collection[str],
    records: Iterable[AttendanceRecord],
    told: Told = NOTHING_TOLD,
) -> Evidence:
    """What is known of these students: as is told while the session is open, then as it was recorded."""
    recorded = {record.student_id: record for record in records}
    seen = sightings(captures, session.decisions, frozenset(students))
    rows = register_rows(session, students, seen, chances(captures), told)
    if session.state is not SessionState.OPEN:
        rows = [_as_recorded(row, recorded[row.student_id]) for row in rows]
    return Evidence(session, captures, recorded, seen, rows)


def chances(captures: Iterable[Capture]) -> int:
    """How often a stranger could have been taken for somebody: once a photo with faces on it.

    At a kiosk everybody has a photo of their own, as if all were on one. Who is not taken for anybody there may try
    again, so each such try is another chance.
    """
    seen = [(one.by_kiosk, one.recognition.faces) for one in captures if one.recognition and one.recognition.faces]
    tries = [faces for by_kiosk, faces in seen if by_kiosk]
    in_vain = sum(all(face.status is not FaceStatus.PRESENT for face in faces) for faces in tries)
    return len(seen) - len(tries) + (in_vain + 1 if tries else 0)


def unaided(captures: Sequence[Capture], roster: Collection[str], enrolled: Iterable[str]) -> dict[str, Seen]:
    """What the photos alone say of those who have a face enrolled, whatever was decided on the faces."""
    by_student = _by_student(sightings(captures, (), frozenset(roster)))
    photos = chances(captures)
    return {student: propose(by_student[student], photos).seen for student in enrolled}


def photographed(captures: Iterable[Capture], decisions: Iterable[Decision]) -> Photographed | None:
    """What photos showed, and what was decided on it, in numbers. None: no photo was recognised."""
    found = [(capture.id, capture.recognition) for capture in captures if capture.recognition]
    if not found:
        return None
    said = {(decision.capture_id, decision.face_index): decision for decision in decisions}
    faces = [(face, said.get((capture_id, face.index))) for capture_id, told in found for face in told.faces]
    counts = Counter(name for face, decision in faces for name in _counted_as(face, decision))
    judged = {Judged(**{**dict(told), **dict(told.thresholds)}) for _, told in found}
    return Photographed(
        judged=judged.pop() if len(judged) == 1 else None,
        faces=FaceCounts(photos=len(found), faces=len(faces), **counts),
    )


def _counted_as(face: Face, decision: Decision | None) -> Sequence[str]:
    """The counts in which a face is."""
    first = SAID_AS[face.status]
    if decision is None:
        return [first]
    if face.status is FaceStatus.UNKNOWN:
        return [first] if decision.student_id is None else [first, "strangers_named"]
    if decision.student_id is None:
        return [first, f"{first}_set_aside"]
    return [first, f"{first}_confirmed" if decision.student_id == face.student_id else f"{first}_renamed"]


def _as_recorded(row: Row, record: AttendanceRecord) -> Row:
    told = {"status": RowStatus(record.status), "source": record.source, "reason": record.history[-1].reason}
    facts = {"minutes_late": record.minutes_late, "left_at": record.left_at}
    return row.model_copy(update={**told, **facts})


def tally(evidence: Evidence) -> Tally:
    """A register in numbers."""
    marked = Counter(row.status for row in evidence.rows)
    unmarked = [row.proposal for row in evidence.rows if row.status is RowStatus.UNMARKED]
    return Tally(
        students=len(evidence.rows),
        present=marked[RowStatus.PRESENT],
        late=marked[RowStatus.LATE],
        excused=marked[RowStatus.EXCUSED],
        absent=marked[RowStatus.ABSENT],
        to_confirm=unmarked.count(Seen.UNCERTAIN),
        unmarked=unmarked.count(Seen.NOT_SEEN),
        unknown_faces=sum(sighting.student_id is None for sighting in evidence.sightings),
        pending_captures=sum(capture.pending for capture in evidence.captures),
        failed_captures=sum(capture.state in {CaptureState.FAILED, CaptureState.DEAD} for capture in evidence.captures),
    )


def final_status(row: Row) -> tuple[Attendance, Source]:
    """What closing makes of a row: who is unmarked, unseen or not confirmed, is absent."""
    if row.status is RowStatus.UNMARKED or row.source is None:
        return Attendance.ABSENT, Source.CLOSE
    return Attendance(row.status), row.source


def entry(row: Row, seen: Seen | None) -> Entry:
    """What closing records of a row, with what the photos alone say."""
    status, source = final_status(row)
    return Entry(
        student_id=row.student_id,
        status=status,
        source=source,
        reason=row.reason,
        minutes_late=row.minutes_late,
        left_at=row.left_at,
        evidence=_evidence(row) if source in SEEN_BY else None,
        seen=seen,
    )


def _evidence(row: Row) -> FaceEvidence:
    return FaceEvidence.model_validate({**dict(row.best or ()), "photos": row.photos})
