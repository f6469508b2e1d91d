/** The faces that need a person's eye, large enough to see, with the likely answer one tap away. */

import { Button, Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { type Capture, type Register, useDecideFace } from "../api/queries";
import { tellFailure } from "../ui/notices";
import classes from "./attendance.module.css";
import { FaceCrop } from "./FaceCrop";
import { facesToCheck, type ShownFace } from "./faces";

interface Check {
  register: Register;
  captures: readonly Capture[];
  faces: readonly ShownFace[];
  onFace: (face: ShownFace) => void;
}

export function FacesToCheck({ register, captures, faces, onFace }: Check) {
  const { unsure, unknown } = facesToCheck(faces);
  return (
    <>
      {unsure.length > 0 && (
        <section aria-labelledby="unsure-faces">
          <h2 id="unsure-faces" className={classes.groupTitle}>
            Please confirm <span className={classes.count}>{unsure.length}</span>
          </h2>
          <ul id="unsure-list" className={classes.checks}>
            {unsure.map((face) => (
              <li key={keyOf(face)} className={classes.check}>
                <Unsure {...{ register, captures, face, onFace }} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {unknown.length > 0 && (
        <section aria-labelledby="unknown-faces">
          <h2 id="unknown-faces" className={classes.groupTitle}>
            Unknown faces <span className={classes.count}>{unknown.length}</span>
          </h2>
          <Text size="sm" c="dimmed">
            They match nobody on the roster. Tap one to say who it is.
          </Text>
          <ul id="unknown-list" className={classes.strangers}>
            {unknown.map((face, place) => (
              <li key={keyOf(face)}>
                <button
                  type="button"
                  className={classes.stranger}
                  aria-label={`Unknown face ${place + 1}: say who this is`}
                  onClick={() => onFace(face)}
                >
                  <FaceCrop
                    captures={captures}
                    captureId={face.captureId}
                    index={face.index}
                    name="?"
                    size={72}
                  />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function keyOf(face: ShownFace): string {
  return `${face.captureId}:${face.index}`;
}

interface UnsureProps extends Omit<Check, "faces"> {
  face: ShownFace;
}

function Unsure({ register, captures, face, onFace }: UnsureProps) {
  const decide = useDecideFace(register.session.id);
  const { captureId, index, student } = face;
  if (!student) return null;
  const confirm = () =>
    decide.send({ captureId, faceIndex: index, studentId: student.student_id }).catch(tellFailure);
  return (
    <>
      <FaceCrop captures={captures} captureId={captureId} index={index} name={student.name} size={72} />
      <div className={classes.checkText}>
        <strong>Is this {student.name}?</strong>
      </div>
      <div className={classes.checkButtons}>
        <Button
          size="sm"
          leftSection={<IconCheck size={18} />}
          loading={decide.isPending}
          onClick={confirm}
          aria-label={`Yes, it is ${student.name}`}
        >
          Yes
        </Button>
        <Button
          size="sm"
          variant="default"
          onClick={() => onFace(face)}
          aria-label={`No, not ${student.name}`}
        >
          No
        </Button>
      </div>
    </>
  );
}
