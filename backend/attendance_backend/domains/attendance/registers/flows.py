"""Reading registers: one, a day's in numbers, one as a file. It changes nothing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from attendance_backend.domains.attendance import policy
from attendance_backend.domains.attendance.schemas import (
    CaptureSummary,
    Register,
    RegisterRow,
    Row,
    Session,
    SessionOverview,
    SessionState,
    SessionView,
    UnknownFace,
)
from attendance_backend.domains.attendance.service import CaptureService, SessionService
from attendance_backend.domains.codes.service import CheckInService
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.excuses.service import ExcuseService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.people.schemas import Student
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.records.schemas import AttendanceRecord, Seen
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.teaching.schemas import SubjectLabel
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.institution import Institution
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction
from attendance_backend.spreadsheet import csv_bytes

CSV_HEADER = ("roll number", "name", "status", "source", "similarity", "marked at", "reason")


@dataclass(frozen=True)
class RegisterFlows:
    sessions: SessionService
    captures: CaptureService
    records: RecordService
    teaching: TeachingService
    people: PeopleService
    enrolment: EnrolmentService
    check_ins: CheckInService
    excuses: ExcuseService
    institution: Institution

    async def register(self, caller: Caller, session_id: str, tx: Transaction | None = None) -> Register:
        """A session's register: as it stands while it is open, as it was recorded once it is closed."""
        evidence, students = await self.evidence(caller, session_id, tx)
        inside = caller.within([evidence.session.subject_id])
        subject = await self.teaching.subject(inside, evidence.session.subject_id, tx)
        rows = {row.student_id: row for row in evidence.rows}
        faces = await self.enrolment.with_a_face(caller, list(rows))
        records = evidence.records
        return Register(
            session=SessionView.model_validate(evidence.session),
            subject=SubjectLabel.model_validate(subject),
            students=[_shown(one, rows[one.id], records.get(one.id), has_face=one.id in faces) for one in students],
            unknown_faces=[UnknownFace.model_validate(s) for s in evidence.sightings if s.student_id is None],
            captures=[CaptureSummary.model_validate(capture) for capture in evidence.captures],
        )

    async def overview(self, caller: Caller, date: dt.date | None, page: PageRequest) -> Page[SessionOverview]:
        """The sessions of a day, of today unless one is named, each with its register in numbers."""
        wanted = {"date": (date or (await self.institution.here()).today).isoformat()}
        sessions = await self.sessions.page(caller, wanted, page)
        shown = {session.subject_id for session in sessions.items}
        subjects = await self.teaching.subjects(caller.within(shown), shown)
        told = await self._weighed(caller, sessions.items)

        def show(session: Session) -> SessionOverview:
            return SessionOverview(
                session=SessionView.model_validate(session),
                subject=SubjectLabel.model_validate(subjects[session.subject_id]),
                **dict(policy.tally(told[session.id])),
            )

        return sessions.map(show)

    async def export(self, caller: Caller, session_id: str) -> tuple[str, bytes]:
        """A session's register as CSV, times in the institution's time zone, and a name for the file."""
        register = await self.register(caller, session_id)
        records = {record.student_id: record for record in await self.records.of_session(caller, session_id)}
        zone = (await self.institution.here()).time_zone
        rows = [_cells(row, records.get(row.student_id), zone) for row in register.students]
        name = f"{register.subject.code}-{register.session.date}-period-{register.session.period}.csv"
        return name, csv_bytes(CSV_HEADER, rows)

    async def evidence(
        self, caller: Caller, session_id: str, tx: Transaction | None
    ) -> tuple[policy.Evidence, list[Student]]:
        """What a session's register is made of, and its students: those on the roster, once closed those recorded."""
        session = await self.sessions.session(caller, session_id, tx)
        captures = await self.captures.of_session(caller, session_id, tx)
        is_open = session.state is SessionState.OPEN
        records = [] if is_open else await self.records.of_session(caller, session_id, tx)
        recorded = [record.student_id for record in records]
        inside = caller.within([session.subject_id])
        roster = await self.teaching.roster(inside, session.subject_id, session.day, tx) if is_open else recorded
        students = await self.people.by_ids(caller, roster, tx)
        told = (await self._told(caller, [session] if is_open else [], tx)).get(session_id, policy.NOTHING_TOLD)
        return policy.weigh(session, captures, [student.id for student in students], records, told), students

    async def unaided(self, caller: Caller, evidence: policy.Evidence) -> dict[str, Seen]:
        """What the photos alone say of each student whom they could show; of nobody where no photo was recognised."""
        if not any(capture.recognition for capture in evidence.captures):
            return {}
        roster = [row.student_id for row in evidence.rows]
        enrolled = await self.enrolment.with_a_face(caller, roster)
        return policy.unaided(evidence.captures, roster, enrolled)

    async def _weighed(self, caller: Caller, sessions: Sequence[Session]) -> dict[str, policy.Evidence]:
        """As `_evidence`, of many sessions with a query each for all of them, by session."""
        closed = {session.id for session in sessions if session.state is not SessionState.OPEN}
        asked = [(session.subject_id, session.day) for session in sessions if session.id not in closed]
        rosters = await self.teaching.rosters(caller.within(subject_id for subject_id, _ in asked), asked)
        captures = await self.captures.of_sessions(caller, [session.id for session in sessions])
        records = await self.records.of_sessions(caller, closed)

        def students(session: Session) -> Sequence[str]:
            recorded = [record.student_id for record in records[session.id]]
            return recorded if session.id in closed else rosters[session.subject_id, session.day]

        told = await self._told(caller, [session for session in sessions if session.id not in closed], None)
        known = {s.id: told.get(s.id, policy.NOTHING_TOLD) for s in sessions}
        return {s.id: policy.weigh(s, captures[s.id], students(s), records[s.id], known[s.id]) for s in sessions}

    async def _told(
        self, caller: Caller, sessions: Sequence[Session], tx: Transaction | None
    ) -> dict[str, policy.Told]:
        """What is known of the students of open sessions beside the photos, by session."""
        if not sessions:
            return {}
        checked_in = await self.check_ins.of_sessions(caller, [session.id for session in sessions], tx)
        excused = await self.excuses.standing({(session.subject_id, session.date) for session in sessions}, tx)
        return {
            session.id: policy.Told(checked_in.get(session.id, {}), excused[session.subject_id, session.date])
            for session in sessions
        }


def _cells(row: RegisterRow, record: AttendanceRecord | None, zone: dt.tzinfo) -> list[str]:
    similarity = "" if row.similarity is None else f"{row.similarity:.3f}"
    at = record.at.astimezone(zone).isoformat(timespec="seconds") if record else ""
    return [row.roll_number, row.name, row.status, row.source or "", similarity, at, row.reason or ""]


def _shown(student: Student, row: Row, record: AttendanceRecord | None, *, has_face: bool) -> RegisterRow:
    best = row.best if row.proposal is not Seen.NOT_SEEN else None
    measured = attrgetter("similarity", "distance", "capture_id", "face_index")(best) if best else (None,) * 4
    similarity, distance, capture_id, face_index = measured
    return RegisterRow(
        student_id=student.id,
        roll_number=student.roll_number,
        name=student.name,
        has_face=has_face,
        status=row.status,
        proposal=row.proposal,
        source=row.source,
        reason=row.reason,
        minutes_late=row.minutes_late,
        left_at=row.left_at,
        similarity=similarity,
        distance=distance,
        capture_id=capture_id,
        face_index=face_index,
        record_id=record and record.id,
    )
