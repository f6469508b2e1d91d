/** One student: what the photos say, and the teacher's mark, with a reason where there is one. */

import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { type Capture, type Register, type RegisterRow, type Status, useMarkStudent } from "../api/queries";
import { tellDone, tellFailure } from "../ui/notices";
import { Sheet } from "../ui/Sheet";
import classes from "./attendance.module.css";
import { FaceCrop } from "./FaceCrop";
import { MARKS } from "./status";

interface StudentSheetProps {
  register: Register;
  captures: readonly Capture[];
  row: RegisterRow | null;
  onDone: () => void;
}

export function StudentSheet({ row, onDone, ...rest }: StudentSheetProps) {
  return (
    <Sheet opened={row !== null} onClose={onDone} title={row?.name ?? ""}>
      {row && <Content key={row.student_id} row={row} onDone={onDone} {...rest} />}
    </Sheet>
  );
}

const STRICTER = "Students of this class look alike, so photos of it are judged more strictly.";

function explain(row: RegisterRow, captures: readonly Capture[]): string {
  const photos = captures.length;
  if (row.proposal === "present") return "Clearly seen in a photo.";
  if (row.proposal === "uncertain") {
    const tightened = captures.find(({ id }) => id === row.capture_id)?.thresholds?.tightened_by;
    const told = "Perhaps seen in a photo. Please confirm the face, or mark by hand.";
    return tightened ? `${told} ${STRICTER}` : told;
  }
  if (!row.has_face) return "No face is enrolled, so no photo can show this student. Mark by hand.";
  if (photos === 0) return "No photo was recognised yet.";
  return photos === 1 ? "Not seen in the photo." : `Not seen in ${photos} photos.`;
}

function Content({ register, captures, row, onDone }: StudentSheetProps & { row: RegisterRow }) {
  const mark = useMarkStudent(register.session.id);
  const [reason, setReason] = useState(row.reason ?? "");
  const say = async (status: Status) => {
    try {
      await mark.send({ studentId: row.student_id, status, reason: reason.trim() || null });
      tellDone(`${row.name}: ${MARKS[status].word.toLowerCase()}.`);
      onDone();
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <Stack gap="md">
      <Group wrap="nowrap" gap="md">
        <FaceCrop
          captures={captures}
          captureId={row.capture_id}
          index={row.face_index}
          name={row.name}
          size={96}
        />
        <Stack gap={4}>
          <Text size="sm" c="dimmed">
            {row.roll_number}
          </Text>
          <Text size="sm">{explain(row, captures)}</Text>
        </Stack>
      </Group>
      <TextInput
        label="Reason (optional)"
        placeholder="The bus was late …"
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <div className={classes.marks} role="group" aria-label={`Mark ${row.name}`}>
        {Object.entries(MARKS).map(([status, { word, icon: Icon }]) => (
          <Button
            key={status}
            variant={row.status === status ? "filled" : "default"}
            aria-pressed={row.status === status}
            leftSection={<Icon size={20} aria-hidden />}
            disabled={mark.isPending}
            onClick={() => say(status as Status)}
          >
            {word}
          </Button>
        ))}
      </div>
    </Stack>
  );
}
