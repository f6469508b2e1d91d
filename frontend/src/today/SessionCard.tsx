/** One session of the day: what it is, how far it is, and what to do next. */

import { IconCircleCheck, IconLock, IconProgress } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Overview } from "../api/queries";
import { timeOf } from "../ui/dates";
import classes from "./today.module.css";

const STATES = {
  open: { icon: IconProgress, word: "Open", next: "Take attendance" },
  closed: { icon: IconCircleCheck, word: "Closed", next: "Register" },
  locked: { icon: IconLock, word: "Locked", next: "Register" },
} as const;

export function SessionCard({ overview, zone }: { overview: Overview; zone: string }) {
  const { session, subject } = overview;
  const { icon: Icon, word, next } = STATES[session.state];
  return (
    <li>
      <Link to="/sessions/$sessionId" params={{ sessionId: session.id }} className={classes.card}>
        <span className={classes.period} aria-hidden>
          {session.period}
        </span>
        <span className={classes.what}>
          <span className={classes.subject}>{subject.name}</span>
          <span className={classes.detail}>
            <span className="visually-hidden">Period {session.period}, </span>
            {subject.code}
          </span>
          <span className={classes.counts}>{countsOf(overview)}</span>
        </span>
        <span className={classes.state} data-state={session.state}>
          <Icon size={18} aria-hidden />
          {word} {session.closed_at && timeOf(session.closed_at, zone)}
        </span>
        <span className={classes.next}>
          {next} <span aria-hidden>→</span>
        </span>
      </Link>
    </li>
  );
}

export function countsOf(overview: Overview): string {
  const { session, students } = overview;
  if (students === 0) return "Nobody is on the roster yet";
  const told: [number, string][] =
    session.state === "open"
      ? [
          [overview.present + overview.late, `of ${students} here`],
          [overview.to_confirm, "to confirm"],
          [overview.pending_captures, overview.pending_captures === 1 ? "photo waiting" : "photos waiting"],
        ]
      : [
          [overview.present + overview.late, `of ${students} here`],
          [overview.absent, "absent"],
          [overview.excused, "excused"],
        ];
  return told
    .filter(([number], place) => place === 0 || number > 0)
    .map(([number, words]) => `${number} ${words}`)
    .join(" · ");
}
