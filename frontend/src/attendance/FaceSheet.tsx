/** One face: who it seems to be and why, and the teacher's word on it. */

import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconSearch, IconUserOff, IconUserSearch } from "@tabler/icons-react";
import { useState } from "react";
import { type Capture, type Register, type RegisterRow, useDecideFace } from "../api/queries";
import { tellDone, tellFailure } from "../ui/notices";
import { Sheet } from "../ui/Sheet";
import classes from "./attendance.module.css";
import { FaceCrop } from "./FaceCrop";
import { adviceFor, candidates, type ShownFace } from "./faces";
import { FACES, StatusBadge, signOf } from "./status";

interface FaceSheetProps {
  register: Register;
  captures: readonly Capture[];
  face: ShownFace | null;
  onDone: () => void;
}

export function FaceSheet({ face, onDone, ...rest }: FaceSheetProps) {
  return (
    <Sheet opened={face !== null} onClose={onDone} title={face ? titleOf(face) : ""}>
      {face && <Content key={`${face.captureId}:${face.index}`} face={face} onDone={onDone} {...rest} />}
    </Sheet>
  );
}

function titleOf({ state, student }: ShownFace): string {
  if (!student) return "Who is this?";
  return state === "named" ? student.name : `Is this ${student.name}?`;
}

function explain({ state, decided, student }: ShownFace): string {
  if (decided) return student ? "You said who this is." : "You said that this is nobody of this class.";
  if (state === "named") return "The photo matches the enrolled face clearly.";
  if (state === "unsure") return "The photo resembles the enrolled face, but not closely enough to be sure.";
  return "This face matches nobody on the roster. It may be a guest, or somebody who is not enrolled.";
}

interface ContentProps {
  register: Register;
  captures: readonly Capture[];
  face: ShownFace;
  onDone: () => void;
}

function Content({ register, captures, face, onDone }: ContentProps) {
  const decide = useDecideFace(register.session.id);
  const [choosing, setChoosing] = useState(face.student === null);
  const say = async (studentId: string | null, told: string) => {
    try {
      await decide.send({ captureId: face.captureId, faceIndex: face.index, studentId });
      tellDone(told);
      onDone();
    } catch (error) {
      tellFailure(error);
    }
  };
  const name = (row: RegisterRow) => say(row.student_id, `This is ${row.name}.`);
  const { student } = face;
  return (
    <Stack gap="md">
      <Group wrap="nowrap" align="flex-start" gap="md">
        <FaceCrop captures={captures} captureId={face.captureId} index={face.index} name="?" size={96} />
        <Stack gap={6}>
          <StatusBadge sign={FACES[face.state]} />
          <Text size="sm">{explain(face)}</Text>
          {face.state !== "named" && adviceFor(face).length > 0 && (
            <Text size="sm" c="dimmed">
              For the next photo: {adviceFor(face).join("; ")}.
            </Text>
          )}
        </Stack>
      </Group>
      <Stack gap="xs">
        {student && !choosing && !face.decided && (
          <Button
            data-autofocus
            leftSection={<IconCheck size={20} />}
            loading={decide.isPending}
            onClick={() => name(student)}
          >
            Yes, it is {student.name}
          </Button>
        )}
        {student && !choosing && (
          <Button
            variant="default"
            leftSection={<IconUserSearch size={20} />}
            onClick={() => setChoosing(true)}
          >
            Somebody else
          </Button>
        )}
        {!(face.decided && !student) && (
          <Button
            variant="default"
            leftSection={<IconUserOff size={20} />}
            disabled={decide.isPending}
            onClick={() => say(null, "Nobody of this class, then.")}
          >
            Nobody of this class
          </Button>
        )}
      </Stack>
      {choosing && <Candidates register={register} disabled={decide.isPending} onChoose={name} />}
    </Stack>
  );
}

interface CandidatesProps {
  register: Register;
  disabled: boolean;
  onChoose: (row: RegisterRow) => void;
}

function Candidates({ register, disabled, onChoose }: CandidatesProps) {
  const [search, setSearch] = useState("");
  const found = candidates(register.students, search);
  return (
    <Stack gap="xs">
      <TextInput
        label="Choose from the roster"
        placeholder="Name or roll number"
        leftSection={<IconSearch size={18} />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        type="search"
      />
      <ul className={classes.rows}>
        {found.map((row) => (
          <li key={row.student_id} className={classes.row}>
            <button
              type="button"
              className={classes.rowMain}
              disabled={disabled}
              onClick={() => onChoose(row)}
            >
              <span className={classes.rowText}>
                <span className={classes.rowName}>{row.name}</span>
                <span className={classes.rowDetail}>{row.roll_number}</span>
              </span>
              <StatusBadge sign={signOf(row)} />
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <Text c="dimmed">Nobody of that name is on this roster.</Text>}
    </Stack>
  );
}
