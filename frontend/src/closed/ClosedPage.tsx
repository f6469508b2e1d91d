/** The register as it was written: how many, who, from where, and the file of it. */

import { Alert, Button, Group, Paper, Text } from "@mantine/core";
import { IconCircleCheck, IconDownload, IconLock, IconLockOpen, IconUsers } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { API } from "../api/client";
import {
  isPending,
  type Me,
  type Register,
  type RegisterRow,
  type Status,
  useReopenSession,
} from "../api/queries";
import classes from "../attendance/attendance.module.css";
import { initialsOf } from "../attendance/FaceCrop";
import { MARKS, StatusBadge, signOf, sourceOf } from "../attendance/status";
import { LeftBehind } from "../photos/LeftBehind";
import { dayAndTimeOf, timeOf } from "../ui/dates";
import { tellFailure } from "../ui/notices";
import { Empty } from "../ui/states";

const REOPEN_MS = 24 * 60 * 60 * 1_000;
const ORDER: Status[] = ["absent", "excused", "late", "present"];

export function ClosedPage({ register, account }: { register: Register; account: Me }) {
  const { session, students, captures } = register;
  const zone = account.institution.time_zone;
  return (
    <div className={classes.closed}>
      <div className={classes.closedSide}>
        <Written register={register} zone={zone} />
        <LeftBehind userId={account.id} sessionId={session.id} canReopen={session.state === "closed"} />
        {captures.some(isPending) && (
          <Alert color="yellow" variant="light" title="A photo was not recognised in time">
            It changes nothing in this register. Reopen the session if it should count.
          </Alert>
        )}
      </div>
      <section aria-labelledby="records" className={classes.records}>
        <h2 id="records" className={classes.groupTitle}>
          Register <span className={classes.count}>{students.length}</span>
        </h2>
        {students.length === 0 && <Empty icon={<IconUsers size={32} />} title="Nobody was on this roster" />}
        <ul className={classes.rows}>
          {inOrder(students).map((row) => (
            <Recorded key={row.student_id} row={row} />
          ))}
        </ul>
      </section>
    </div>
  );
}

/** What was written, counted, and what can be done with it. */
function Written({ register, zone }: { register: Register; zone: string }) {
  const { session, students } = register;
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever has just closed it is told so, also if they don't see it.
  useEffect(() => heading.current?.focus(), []);
  return (
    <Paper withBorder p="lg" radius="lg" className={classes.surface}>
      <Group gap="xs" mb="md" wrap="nowrap" c="var(--named)">
        {session.state === "locked" ? <IconLock size={26} /> : <IconCircleCheck size={26} />}
        <h2 ref={heading} tabIndex={-1} className={classes.closedTitle}>
          Session closed{session.closed_at && ` at ${timeOf(session.closed_at, zone)}`}
        </h2>
      </Group>
      <dl className={classes.totals}>
        {Object.entries(MARKS).map(([status, { word, icon: Icon }]) => (
          <div key={status}>
            <dt>
              <Icon size={16} aria-hidden /> {word}
            </dt>
            <dd>{students.filter((row) => row.status === status).length}</dd>
          </div>
        ))}
      </dl>
      <div className={classes.closedActions}>
        <Button
          component="a"
          href={`${API}/sessions/${session.id}/export.csv`}
          download
          leftSection={<IconDownload size={20} />}
        >
          Download CSV
        </Button>
        <Reopen session={session} />
      </div>
      <Text size="sm" c="dimmed" mt="sm">
        {canReopen(session)
          ? `It can be reopened until ${dayAndTimeOf(new Date(Date.parse(session.closed_at) + REOPEN_MS), zone)}.`
          : "Closed for good. The office can still correct a record."}
      </Text>
    </Paper>
  );
}

type Closed = Register["session"] & { closed_at: string };

function canReopen(session: Register["session"]): session is Closed {
  return session.state === "closed" && session.closed_at !== null;
}

function Reopen({ session }: { session: Register["session"] }) {
  const reopen = useReopenSession(session.id);
  if (!canReopen(session)) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconLockOpen size={20} />}
      loading={reopen.isPending}
      onClick={() => reopen.send(null).catch(tellFailure)}
    >
      Reopen
    </Button>
  );
}

function Recorded({ row }: { row: RegisterRow }) {
  return (
    <li className={classes.row}>
      <span className={classes.rowMain}>
        <span className={classes.initials} style={{ width: 44, height: 44 }} aria-hidden>
          {initialsOf(row.name)}
        </span>
        <span className={classes.rowText}>
          <span className={classes.rowName}>{row.name}</span>
          <span className={classes.rowDetail}>
            {[row.roll_number, row.reason, sourceOf(row)].filter(Boolean).join(" · ")}
          </span>
        </span>
        <StatusBadge sign={signOf(row)} />
      </span>
    </li>
  );
}

/** Those somebody may have to ask about first, then by name. */
function inOrder(students: readonly RegisterRow[]): RegisterRow[] {
  const place = (row: RegisterRow) => ORDER.indexOf(row.status as Status);
  return [...students].sort((one, other) => place(one) - place(other) || one.name.localeCompare(other.name));
}
