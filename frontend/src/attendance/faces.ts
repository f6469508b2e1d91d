/** What a register and its captures say of each face and each student, ready to be shown. Decides nothing itself. */

import type { Capture, Face, Register, RegisterRow } from "../api/queries";

/** `named`: clear, or a teacher said so. `unsure`: to be confirmed. `unknown`: nobody of this class. */
export type FaceState = "named" | "unsure" | "unknown";

export interface ShownFace {
  captureId: string;
  index: number;
  state: FaceState;
  student: RegisterRow | null;
  /** A teacher has said who this is, or that it is nobody of this class. */
  decided: boolean;
  box: Face["location"];
  quality: Face["quality"];
}

export interface Groups {
  unsure: RegisterRow[];
  unmarked: RegisterRow[];
  here: RegisterRow[];
  away: RegisterRow[];
}

/** Faces from the top left to the bottom right, as one reads, so that the keyboard goes the same way. */
export function facesOf(capture: Capture, register: Register): ShownFace[] {
  const unknown = new Set(
    register.unknown_faces
      .filter((face) => face.capture_id === capture.id)
      .map(({ face_index }) => face_index),
  );
  const students = new Map(register.students.map((row) => [row.student_id, row]));
  return inReadingOrder(
    (capture.faces ?? []).map((face) => shown(capture.id, face, unknown.has(face.index), students)),
  );
}

function shown(
  captureId: string,
  face: Face,
  isUnknown: boolean,
  students: ReadonlyMap<string, RegisterRow>,
): ShownFace {
  const studentId = face.decided ? face.decided.student_id : face.student_id;
  const student = isUnknown ? null : (students.get(studentId ?? "") ?? null);
  return {
    captureId,
    index: face.index,
    state: stateOf(student, Boolean(face.decided)),
    student,
    decided: Boolean(face.decided),
    box: face.location,
    quality: face.quality,
  };
}

function stateOf(student: RegisterRow | null, decided: boolean): FaceState {
  if (!student) return "unknown";
  return decided || student.proposal === "present" ? "named" : "unsure";
}

/** Row by row. A face less than its own height below the topmost of a row stands in that row. */
function inReadingOrder(faces: readonly ShownFace[]): ShownFace[] {
  const rows: ShownFace[][] = [];
  for (const face of [...faces].sort(fromTheTop)) {
    const row = rows.at(-1);
    const isBelow = !row?.[0] || face.box.top - row[0].box.top > face.box.bottom - face.box.top;
    if (isBelow) rows.push([face]);
    else row.push(face);
  }
  return rows.flatMap((row) => row.sort((one, other) => one.box.left - other.box.left));
}

function fromTheTop(one: ShownFace, other: ShownFace): number {
  return one.box.top - other.box.top || one.box.left - other.box.left || one.index - other.index;
}

/** Faces that a teacher should look at: those to confirm, and the unknown ones nobody has judged yet. */
export function facesToCheck(faces: readonly ShownFace[]): { unsure: ShownFace[]; unknown: ShownFace[] } {
  return {
    unsure: faces.filter((face) => face.state === "unsure" && face.student?.status === "unmarked"),
    unknown: faces.filter((face) => face.state === "unknown" && !face.decided),
  };
}

export function groupsOf(students: readonly RegisterRow[]): Groups {
  const unmarked = students.filter((row) => row.status === "unmarked");
  return {
    unsure: unmarked.filter((row) => row.proposal === "uncertain"),
    unmarked: unmarked.filter((row) => row.proposal !== "uncertain"),
    here: students.filter((row) => row.status === "present" || row.status === "late"),
    away: students.filter((row) => row.status === "absent" || row.status === "excused"),
  };
}

/** Students as candidates for a face: those nobody has seen yet first, then by name. */
export function candidates(students: readonly RegisterRow[], search: string): RegisterRow[] {
  const wanted = plain(search);
  return students
    .filter((row) => plain(`${row.name} ${row.roll_number}`).includes(wanted))
    .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}

function rank(row: RegisterRow): number {
  return row.status === "unmarked" ? 0 : 1;
}

/** Without accents and case: "Müller" is found by "muller". */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/** One sentence on what came of a photo, for the screen and for those who listen to it. */
export function summary(faces: readonly ShownFace[]): string {
  if (faces.length === 0) return "No face found in this photo.";
  const count = (state: FaceState) => faces.filter((face) => face.state === state).length;
  const parts = [
    [count("named"), "named"],
    [count("unsure"), "to confirm"],
    [count("unknown"), "unknown"],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return `${faces.length} ${faces.length === 1 ? "face" : "faces"}: ${told.join(", ")}.`;
}

const ADVICE: Record<string, string> = {
  too_small: "the face is small: step closer",
  blurred: "the face is blurred: hold still",
  too_dark: "it is dark: find more light",
  too_bright: "there is glare: turn away from the light",
  turned_sideways: "the head is turned to the side: look at the camera",
  tilted_up_or_down: "the head is tilted: look straight ahead",
  cut_off: "the face is cut off: get everybody into the picture",
};

/** What would make this face easier to know, in words. Reasons without words of ours are left out. */
export function adviceFor(face: ShownFace): string[] {
  return face.quality.reasons.flatMap((reason) => ADVICE[reason] ?? []);
}
