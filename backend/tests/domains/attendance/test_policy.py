"""The rules of taking attendance."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.attendance import policy
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
    Mark,
    Recognition,
    Row,
    RowStatus,
    Session,
    SessionState,
    Sighting,
)
from attendance_backend.domains.attendance.service import LONGEST_PAUSE, pause_after
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.records.schemas import Attendance, AttendanceRecord, Change, Seen, Source
from attendance_backend.ports.testing import START
from attendance_contract.models import FaceStatus, Location, Pose, Quality, Thresholds

STUDENTS = ["ann", "ben", "cleo"]
PRESENT, UNCERTAIN, UNKNOWN = FaceStatus.PRESENT, FaceStatus.UNCERTAIN, FaceStatus.UNKNOWN
THRESHOLDS = Thresholds(confident=0.5, uncertain=0.6, lookalike_margin=0.05)
PLACE = Location(top=0, right=10, bottom=10, left=0)
SHARP = Quality(score=1, blur=0, brightness=0.5, pose=Pose(yaw=0, pitch=0, roll=0), reasons=[])
TEACHER, OFFICE = Caller("t", Role.TEACHER, frozenset(["s"])), Caller("o", Role.ADMINISTRATOR)


def a_face(index: int, student: str | None, distance: float = 0.2, status: FaceStatus = PRESENT) -> Face:
    return Face(
        index=index,
        location=PLACE,
        status=status if student else UNKNOWN,
        student_id=student,
        distance=distance,
        similarity=1 - distance,
        margin=0.3,
        quality=SHARP,
    )


def a_capture(name: str, *faces: Face) -> Capture:
    recognition = Recognition(
        width=100, height=100, faces=list(faces), thresholds=THRESHOLDS, model="m@1", calibration="c"
    )
    return Capture(
        id=name,
        session_id="s",
        subject_id="s",
        sha256=name,
        content_type="image/jpeg",
        size=1,
        state=CaptureState.RECOGNISED,
        submitted_by="t",
        submitted_at=START,
        request_id=None,
        due=None,
        lease=None,
        recognition=recognition,
    )


def a_decision(capture: str, face_index: int, student: str | None) -> Decision:
    return Decision(capture_id=capture, face_index=face_index, student_id=student, by="t", at=START)


def a_session(state: SessionState = SessionState.OPEN) -> Session:
    return Session(
        id="s",
        subject_id="s",
        date="2026-11-20",
        period=1,
        starts_at=None,
        state=state,
        version=3,
        marks={},
        decisions=[],
        opened_at=START,
        opened_by="t",
        closed_at=START,
    )


def rows_of(captures: list[Capture], decisions: list[Decision], marks: dict[str, Mark] | None = None) -> dict[str, Row]:
    seen = policy.sightings(captures, decisions, STUDENTS)
    session = a_session().model_copy(update={"marks": marks or {}})
    return {row.student_id: row for row in policy.register_rows(session, STUDENTS, seen, len(captures))}


def test_one_confident_face_on_one_photo_is_enough() -> None:
    rows = rows_of([a_capture("1", a_face(0, "ann"), a_face(1, "ben", 0.55, UNCERTAIN))], [])

    assert {name: row.proposal for name, row in rows.items()} == {
        "ann": Seen.PRESENT,
        "ben": Seen.UNCERTAIN,
        "cleo": Seen.NOT_SEEN,
    }
    assert rows["ann"].status is RowStatus.PRESENT
    assert rows["ben"].status is RowStatus.UNMARKED


def test_a_student_keeps_the_smallest_distance_of_several_photos() -> None:
    rows = rows_of([a_capture("1", a_face(0, "ann", 0.4)), a_capture("2", a_face(0, "ann", 0.3))], [])

    assert rows["ann"].best is not None
    assert (rows["ann"].best.capture_id, rows["ann"].best.distance) == ("2", 0.3)


def test_of_two_photos_one_that_is_only_just_confident_needs_the_other() -> None:
    just = 0.499
    alone = rows_of([a_capture("1", a_face(0, "ann", just)), a_capture("2", a_face(0, "ben"))], [])
    agreeing = rows_of([a_capture("1", a_face(0, "ann", just)), a_capture("2", a_face(0, "ann", just))], [])

    assert alone["ann"].proposal is Seen.UNCERTAIN
    assert agreeing["ann"].proposal is Seen.PRESENT


def test_twice_on_one_photo_is_no_agreement() -> None:
    rows = rows_of([a_capture("1", a_face(0, "ann", 0.499), a_face(1, "ann", 0.499)), a_capture("2")], [])

    assert rows["ann"].proposal is Seen.UNCERTAIN


SEVERAL_PHOTOS = st.lists(
    st.lists(st.tuples(st.sampled_from(STUDENTS), st.floats(0, 0.59)), max_size=3, unique_by=lambda face: face[0]),
    min_size=1,
    max_size=4,
)
STANDING = {Seen.NOT_SEEN: 0, Seen.UNCERTAIN: 1, Seen.PRESENT: 2}


def seen_on(photos: list[list[tuple[str, float]]]) -> dict[str, Row]:
    """What becomes of students on photos with faces at these distances, each judged as the ML service judges it."""
    captures = [
        a_capture(
            str(number),
            *[
                a_face(index, student, distance, PRESENT if distance < THRESHOLDS.confident else UNCERTAIN)
                for index, (student, distance) in enumerate(faces)
            ],
        )
        for number, faces in enumerate(photos)
    ]
    evidence = policy.weigh(a_session(), captures, STUDENTS, [])
    return {row.student_id: row for row in evidence.rows}


def told(rows: dict[str, Row]) -> dict[str, tuple[Seen, float | None]]:
    return {student: (row.proposal, row.best.distance if row.best else None) for student, row in rows.items()}


@given(photos=SEVERAL_PHOTOS, order=st.randoms(use_true_random=False))
def test_the_order_of_photos_changes_nothing(photos: list[list[tuple[str, float]]], order: random.Random) -> None:
    shuffled = list(photos)
    order.shuffle(shuffled)
    assert told(seen_on(shuffled)) == told(seen_on(photos))


@given(photos=SEVERAL_PHOTOS, empty=st.integers(1, 5))
def test_photos_without_faces_change_nothing(photos: list[list[tuple[str, float]]], empty: int) -> None:
    assert told(seen_on([*photos, *[[]] * empty])) == told(seen_on(photos))


@given(photos=SEVERAL_PHOTOS)
def test_several_photos_are_never_more_lenient_than_the_best_of_them_alone(
    photos: list[list[tuple[str, float]]],
) -> None:
    together, alone = seen_on(photos), [seen_on([faces]) for faces in photos]
    for student, row in together.items():
        easiest = max(STANDING[rows[student].proposal] for rows in alone)
        distances = [best.distance for rows in alone if (best := rows[student].best)]
        agreeing = sum(rows[student].proposal is Seen.PRESENT for rows in alone)
        assert STANDING[row.proposal] <= easiest
        assert (row.best.distance if row.best else None) == min(distances, default=None)
        assert agreeing < 2 or row.proposal is Seen.PRESENT, "two photos that agree are enough"


@given(photos=st.integers(1, 50), confident=st.floats(0, 0.5), lower=st.floats(0, 0.5))
def test_more_photos_never_make_it_easier_nor_do_stricter_thresholds(
    photos: int, confident: float, lower: float
) -> None:
    thresholds = Thresholds(confident=confident, uncertain=0.6, lookalike_margin=0)
    tightened = thresholds.model_copy(update={"confident": max(confident - lower, 0), "tightened_by": lower})

    applied = policy.confident_over(photos, thresholds)

    assert 0 <= policy.confident_over(photos + 1, thresholds) <= applied <= confident
    assert policy.confident_over(1, thresholds) == confident
    assert policy.confident_over(photos, tightened) <= applied


def test_the_teachers_word_counts_before_the_match() -> None:
    photo = a_capture("1", a_face(0, "ann"), a_face(1, None))
    decisions = policy.decide([a_decision("1", 0, "ben")], a_decision("1", 1, "ann"))

    rows = rows_of([photo], decisions)

    assert (rows["ann"].status, rows["ben"].status) == (RowStatus.PRESENT, RowStatus.PRESENT)
    assert rows["ben"].best is not None
    assert rows["ben"].best.similarity is None, "the measured similarity was that to another student"


def test_a_face_that_is_nobodys_leaves_its_student_unseen() -> None:
    rows = rows_of([a_capture("1", a_face(0, "ann"))], [a_decision("1", 0, None)])

    assert rows["ann"].proposal is Seen.NOT_SEEN


def test_a_match_with_somebody_who_left_the_roster_is_an_unknown_face() -> None:
    (seen,) = policy.sightings([a_capture("1", a_face(0, "dan"))], [], STUDENTS)

    assert seen.student_id is None


FACES = st.lists(
    st.tuples(st.sampled_from([*STUDENTS, None]), st.floats(0, 1), st.sampled_from([PRESENT, UNCERTAIN, UNKNOWN])),
    max_size=4,
)
DECISIONS = st.lists(
    st.builds(a_decision, st.sampled_from(["0", "1"]), st.integers(0, 3), st.sampled_from([*STUDENTS, None])),
    max_size=8,
)


@given(photos=st.lists(FACES, max_size=2), said=DECISIONS)
def test_a_decided_student_is_one_face_of_a_photo_and_every_student_has_one_row(
    photos: list[list[tuple[str | None, float, FaceStatus]]], said: list[Decision]
) -> None:
    captures = [
        a_capture(str(number), *[a_face(index, *face) for index, face in enumerate(faces)])
        for number, faces in enumerate(photos)
    ]
    decisions: list[Decision] = []
    for decision in said:
        decisions = policy.decide(decisions, decision)

    seen = policy.sightings(captures, decisions, STUDENTS)
    rows = policy.register_rows(a_session(), STUDENTS, seen, len(captures))

    decided = {(d.capture_id, d.student_id) for d in decisions if d.student_id}
    assert len(decided) == sum(d.student_id is not None for d in decisions)
    for pair in decided:
        assert sum((s.capture_id, s.student_id) == pair for s in seen) <= 1
    assert [row.student_id for row in rows] == STUDENTS
    assert sum(len(faces) for faces in photos) == len(seen)
    assert all((row.proposal is Seen.NOT_SEEN) == (row.best is None) for row in rows)


MARKS = st.dictionaries(
    st.sampled_from(STUDENTS),
    st.builds(Mark, status=st.sampled_from(Attendance), reason=st.none(), by=st.just("t"), at=st.just(START)),
)


def recorded(row: Row) -> AttendanceRecord:
    status, source = policy.final_status(row)
    change = Change(at=START, by="t", from_status=None, to=status, source=source, reason=row.reason)
    told = {"session_id": "s", "subject_id": "s", "student_id": row.student_id, "by": "t", "at": START}
    return AttendanceRecord(id=f"record of {row.student_id}", status=status, source=source, history=[change], **told)


@given(photos=st.lists(FACES, max_size=2), said=DECISIONS, marks=MARKS)
def test_every_student_counts_once_and_closing_leaves_nobody_undecided(
    photos: list[list[tuple[str | None, float, FaceStatus]]], said: list[Decision], marks: dict[str, Mark]
) -> None:
    captures = [
        a_capture(str(number), *[a_face(index, *face) for index, face in enumerate(faces)])
        for number, faces in enumerate(photos)
    ]
    session = a_session().model_copy(update={"decisions": said, "marks": marks})
    still_open = policy.weigh(session, captures, STUDENTS, [])
    closed_session = session.model_copy(update={"state": SessionState.CLOSED})
    closed = policy.weigh(closed_session, captures, STUDENTS, [recorded(row) for row in still_open.rows])

    before, after = policy.tally(still_open), policy.tally(closed)

    for told in (before, after):
        counted = told.present + told.late + told.excused + told.absent + told.to_confirm + told.unmarked
        assert counted == told.students == len(STUDENTS)
    assert (after.to_confirm, after.unmarked) == (0, 0)
    assert after.absent == before.absent + before.to_confirm + before.unmarked
    assert (after.present, after.late, after.excused) == (before.present, before.late, before.excused)
    assert before.unknown_faces == after.unknown_faces == sum(s.student_id is None for s in closed.sightings)


def test_photos_are_counted_by_what_became_of_them() -> None:
    states = {CaptureState.RECEIVED: START, CaptureState.LEASED: START, CaptureState.FAILED: None}
    states |= {CaptureState.DEAD: None, CaptureState.RECOGNISED: None}
    captures = [a_capture(state).model_copy(update={"state": state, "due": due}) for state, due in states.items()]

    told = policy.tally(policy.weigh(a_session(), captures, STUDENTS, []))

    assert (told.pending_captures, told.failed_captures) == (2, 2)


def test_a_mark_counts_before_what_the_photos_say() -> None:
    mark = Mark(status=Attendance.LATE, reason="the bus", by="t", at=START)
    row = rows_of([a_capture("1", a_face(0, "ann"))], [], {"ann": mark})["ann"]

    assert (row.status, row.source, row.reason, row.proposal) == (
        RowStatus.LATE,
        Source.MANUAL,
        "the bus",
        Seen.PRESENT,
    )
    assert policy.final_status(row) == (Attendance.LATE, Source.MANUAL)


def test_who_is_not_confirmed_when_the_session_closes_is_absent() -> None:
    rows = rows_of([a_capture("1", a_face(0, "ann", 0.55, UNCERTAIN))], [])

    assert policy.final_status(rows["ann"]) == (Attendance.ABSENT, Source.CLOSE)
    assert policy.final_status(rows["ben"]) == (Attendance.ABSENT, Source.CLOSE)


def test_a_closed_session_is_locked_a_day_later_and_only_the_office_corrects_it() -> None:
    closed = a_session(SessionState.CLOSED)
    in_time = policy.at_moment(closed, START + policy.REOPEN_FOR - timedelta(milliseconds=1))
    too_late = policy.at_moment(closed, START + policy.REOPEN_FOR)

    assert (in_time.state, too_late.state) == (SessionState.CLOSED, SessionState.LOCKED)
    policy.check_reopenable(in_time)
    policy.check_correctable(TEACHER, in_time)
    policy.check_correctable(OFFICE, too_late)
    with pytest.raises(SessionLocked):
        policy.check_reopenable(too_late)
    with pytest.raises(SessionLocked):
        policy.check_correctable(TEACHER, too_late)


def test_what_an_open_and_a_closed_session_refuse() -> None:
    with pytest.raises(SessionNotClosed):
        policy.check_correctable(OFFICE, a_session())
    with pytest.raises(SessionNotOpen):
        policy.check_open(a_session(SessionState.CLOSED))


@given(attempts=st.integers(1, 10_000))
def test_pauses_grow_and_stay_bounded(attempts: int) -> None:
    assert timedelta(0) < pause_after(attempts) <= pause_after(attempts + 1) <= LONGEST_PAUSE


def test_a_sighting_without_a_distance_is_the_last_to_be_the_best() -> None:
    measured, decided = policy.sightings(
        [a_capture("1", a_face(0, "ann", 0.4)), a_capture("2", a_face(0, "ben"))], [a_decision("2", 0, "ann")], STUDENTS
    )

    assert isinstance(measured, Sighting)
    assert policy.propose([measured, decided], 2).best == decided, "the teacher has said so"
