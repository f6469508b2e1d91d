/** The words and signs of every status. A sign has a shape of its own: colour is never the only difference. */

import {
  IconCheck,
  IconClock,
  IconEyeOff,
  IconFileCheck,
  IconQuestionMark,
  IconUserQuestion,
  IconX,
} from "@tabler/icons-react";
import type { RegisterRow, Status } from "../api/queries";
import classes from "./attendance.module.css";
import type { FaceState } from "./faces";

type Icon = typeof IconCheck;
type Tone = "named" | "unsure" | "unknown" | "away";

interface Sign {
  word: string;
  icon: Icon;
  tone: Tone;
}

export const MARKS: Record<Status, Sign> = {
  present: { word: "Present", icon: IconCheck, tone: "named" },
  late: { word: "Late", icon: IconClock, tone: "named" },
  absent: { word: "Absent", icon: IconX, tone: "away" },
  excused: { word: "Excused", icon: IconFileCheck, tone: "unknown" },
};

export const FACES: Record<FaceState, Sign> = {
  named: { word: "Named", icon: IconCheck, tone: "named" },
  unsure: { word: "Please confirm", icon: IconQuestionMark, tone: "unsure" },
  unknown: { word: "Unknown", icon: IconUserQuestion, tone: "unknown" },
};

const UNSURE = FACES.unsure;
const UNSEEN: Sign = { word: "Not seen", icon: IconEyeOff, tone: "unknown" };

export function signOf(row: RegisterRow): Sign {
  if (row.status !== "unmarked") return MARKS[row.status];
  return row.proposal === "uncertain" ? UNSURE : UNSEEN;
}

export function StatusBadge({ sign: { word, icon: Icon, tone } }: { sign: Sign }) {
  return (
    <span className={classes.badge} data-tone={tone}>
      <Icon size={16} stroke={2.4} aria-hidden />
      {word}
    </span>
  );
}

const SOURCES: Record<NonNullable<RegisterRow["source"]>, string> = {
  face: "from the photo",
  kiosk: "seen by the kiosk",
  code: "checked in by code",
  manual: "marked by hand",
  excuse: "excused beforehand",
  request: "corrected on request",
  close: "not seen until the end",
};

/** Where a status comes from, in words. */
export function sourceOf(row: RegisterRow): string {
  return row.source ? SOURCES[row.source] : "";
}
