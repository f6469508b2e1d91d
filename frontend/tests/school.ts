/** A small school as the backend would tell of it. Everything is typed by the OpenAPI, so that no test outlives it. */

import type { Schemas } from "../src/api/client";
import type { Capture, CaptureSummary, Face, Me, Overview, Register, RegisterRow } from "../src/api/queries";
import type { ShownFace } from "../src/attendance/faces";

export const TEACHER: Me = {
  id: "teacher-1",
  email: "teacher@school.example",
  email_verified: true,
  name: "Teacher One",
  role: "teacher",
  institution: { time_zone: "Asia/Kolkata", today: "2026-11-23" },
};

export const SUBJECT: Schemas["SubjectView"] = {
  id: "subject-1",
  code: "PHY-9",
  name: "Physics",
  teacher_ids: [TEACHER.id],
  created_at: "2026-06-01T08:00:00Z",
  archived: false,
  version: 1,
};

export const SESSION: Schemas["SessionView"] = {
  id: "session-1",
  subject_id: SUBJECT.id,
  date: TEACHER.institution.today,
  period: 2,
  starts_at: null,
  state: "open",
  version: 3,
  opened_at: "2026-11-23T04:00:00Z",
  opened_by: TEACHER.id,
  closed_at: null,
  closed_by: null,
  late_after_minutes: null,
  locks_at: null,
  room_id: null,
};

export const CLOSED: Schemas["SessionView"] = {
  ...SESSION,
  state: "closed",
  closed_at: "2026-11-23T05:30:00Z",
  closed_by: TEACHER.id,
};

/** A student's line. The id is made of the name. */
export function student(name: string, told: Partial<RegisterRow> = {}): RegisterRow {
  return {
    student_id: `student-${name}`,
    roll_number: `R-${name}`,
    name,
    has_face: true,
    status: "unmarked",
    proposal: "not_seen",
    source: null,
    reason: null,
    similarity: null,
    distance: null,
    capture_id: null,
    face_index: null,
    record_id: null,
    left_at: null,
    minutes_late: null,
    ...told,
  };
}

export function face(index: number, told: Partial<Face> = {}): Face {
  return {
    index,
    location: { left: 100 * index, top: 100, right: 100 * index + 80, bottom: 190 },
    status: "unknown",
    student_id: null,
    distance: null,
    similarity: null,
    margin: null,
    quality: {
      score: 0.8,
      blur: 0.1,
      brightness: 0.5,
      pose: { yaw: 0, pitch: 0, roll: 0 },
      occlusion: "unknown",
      reasons: [],
    },
    ...told,
  };
}

export function capture(faces: Face[] = [], told: Partial<Capture> = {}): Capture {
  return {
    id: "capture-1",
    session_id: SESSION.id,
    state: "recognised",
    error_code: null,
    submitted_at: "2026-11-23T04:05:00Z",
    attempts: 1,
    next_try_at: null,
    viewable: true,
    width: 1000,
    height: 600,
    faces,
    ...told,
  };
}

export function summaryOf({ id, state, error_code, submitted_at, viewable }: Capture): CaptureSummary {
  return { id, state, error_code, submitted_at, viewable, attempts: 1 };
}

export function register(
  students: RegisterRow[],
  captures: Capture[] = [],
  told: Partial<Register> = {},
): Register {
  return {
    session: SESSION,
    subject: { id: SUBJECT.id, code: SUBJECT.code, name: SUBJECT.name },
    students,
    captures: captures.map(summaryOf),
    unknown_faces: [],
    ...told,
  };
}

export function overview(told: Partial<Overview> = {}): Overview {
  return {
    session: SESSION,
    subject: { id: SUBJECT.id, code: SUBJECT.code, name: SUBJECT.name },
    students: 10,
    present: 0,
    late: 0,
    excused: 0,
    absent: 0,
    to_confirm: 0,
    unmarked: 10,
    unknown_faces: 0,
    pending_captures: 0,
    failed_captures: 0,
    ...told,
  };
}

/** A face as it is shown, somewhere on a photo. */
export function shownFace(told: Partial<ShownFace> = {}): ShownFace {
  const { index, location, quality } = face(0);
  return {
    captureId: "capture-1",
    index,
    state: "unknown",
    student: null,
    decided: false,
    box: location,
    quality,
    ...told,
  };
}
