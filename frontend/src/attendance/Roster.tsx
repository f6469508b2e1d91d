/** The roster beside the photo, in the order in which it needs somebody: to confirm, not seen, here, away. */

import { Button, TextInput } from "@mantine/core";
import { IconCheck, IconSearch, IconUsers } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { type Capture, type Register, type RegisterRow, useMarkStudent } from "../api/queries";
import { tellFailure } from "../ui/notices";
import { Empty } from "../ui/states";
import classes from "./attendance.module.css";
import { FaceCrop } from "./FaceCrop";
import { groupsOf, plain } from "./faces";
import { StatusBadge, signOf, sourceOf } from "./status";

const WORTH_SEARCHING = 8;

interface RosterProps {
  register: Register;
  captures: readonly Capture[];
  onStudent: (row: RegisterRow) => void;
}

export function Roster({ register, captures, onStudent }: RosterProps) {
  const [search, setSearch] = useState("");
  const { students, session } = register;
  const groups = useMemo(() => {
    const wanted = plain(search);
    return groupsOf(students.filter((row) => plain(`${row.name} ${row.roll_number}`).includes(wanted)));
  }, [students, search]);
  const anySeen = register.captures.some(({ state }) => state === "recognised");
  const shared = { captures, onStudent, sessionId: session.id };
  return (
    <section id="roster" tabIndex={-1} className={classes.roster} aria-labelledby="roster-heading">
      <h2 id="roster-heading" className={classes.groupTitle}>
        Roster <span className={classes.count}>{students.length}</span>
      </h2>
      {students.length === 0 && <Empty icon={<IconUsers size={32} />} title="Nobody is on this roster yet" />}
      {students.length >= WORTH_SEARCHING && (
        <TextInput
          aria-label="Find a student"
          placeholder="Find a student"
          leftSection={<IconSearch size={18} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          type="search"
        />
      )}
      <Group title="Please confirm" rows={groups.unsure} {...shared} />
      <Group title={anySeen ? "Not seen" : "Not marked yet"} rows={groups.unmarked} {...shared} />
      <Group title="Here" rows={groups.here} {...shared} />
      <Group title="Away" rows={groups.away} {...shared} />
    </section>
  );
}

interface GroupProps {
  title: string;
  rows: readonly RegisterRow[];
  captures: readonly Capture[];
  sessionId: string;
  onStudent: (row: RegisterRow) => void;
}

function Group({ title, rows, ...shared }: GroupProps) {
  if (rows.length === 0) return null;
  return (
    <>
      <h3 className={classes.subTitle}>
        {title} <span className={classes.count}>{rows.length}</span>
      </h3>
      <ul className={classes.rows}>
        {rows.map((row) => (
          <Row key={row.student_id} row={row} {...shared} />
        ))}
      </ul>
    </>
  );
}

interface RowProps {
  row: RegisterRow;
  captures: readonly Capture[];
  sessionId: string;
  onStudent: (row: RegisterRow) => void;
}

function Row({ row, captures, sessionId, onStudent }: RowProps) {
  const mark = useMarkStudent(sessionId);
  const here = () =>
    mark.send({ studentId: row.student_id, status: "present", reason: null }).catch(tellFailure);
  // That the photo names somebody is seen beside it.
  const source = row.source === "face" ? "" : sourceOf(row);
  const unseeable = row.status === "unmarked" && !row.has_face ? "no face enrolled" : "";
  const isUnsure = row.status === "unmarked" && row.proposal === "uncertain";
  const details = [row.roll_number, unseeable, row.reason, source].filter(Boolean).join(" · ");
  return (
    <li id={`student-${row.student_id}`} className={classes.row}>
      <button type="button" className={classes.rowMain} onClick={() => onStudent(row)}>
        <FaceCrop captures={captures} captureId={row.capture_id} index={row.face_index} name={row.name} />
        <span className={classes.rowText}>
          <span className={classes.rowName}>{row.name}</span>
          <span className={classes.rowDetail}>{details}</span>
          {isUnsure && <StatusBadge sign={signOf(row)} />}
        </span>
        {row.status !== "unmarked" && <StatusBadge sign={signOf(row)} />}
      </button>
      {row.status === "unmarked" && row.proposal === "not_seen" && (
        <Button
          size="sm"
          variant="light"
          leftSection={<IconCheck size={18} />}
          loading={mark.isPending}
          onClick={here}
          aria-label={`${row.name} is here`}
        >
          Here
        </Button>
      )}
    </li>
  );
}
