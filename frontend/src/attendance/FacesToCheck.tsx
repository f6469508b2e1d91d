/** The faces that need a person's eye, large enough to see, with the likely answer one tap away. */

import { Button } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { Capture, Register } from "../api/queries";
import { useDecideFace } from "../api/queries";
import { tellFailure } from "../ui/notices";
import classes from "./attendance.module.css";
import { FaceCrop } from "./FaceCrop";
import { facesToCheck, type ShownFace } from "./faces";
import { FACES, StatusBadge } from "./status";

interface Check {
  register: Register;
  captures: readonly Capture[];
  faces: readonly ShownFace[];
  onFace: (face: ShownFace) => void;
}

export function FacesToCheck({ register, captures, faces, onFace }: Check) {
  const decide = useDecideFace(register.session.id);
  const open = facesToCheck(faces);
  if (open.length === 0) return null;
  const confirm = ({ captureId, index, student }: ShownFace) =>
    decide.send({ captureId, faceIndex: index, studentId: student?.student_id ?? null }).catch(tellFailure);
  return (
    <section aria-labelledby="check">
      <h2 id="check" className={classes.groupTitle}>
        Please check <span className={classes.count}>{open.length}</span>
      </h2>
      <ul className={classes.checks}>
        {open.map((face) => (
          <li key={`${face.captureId}:${face.index}`} className={classes.check}>
            <FaceCrop
              captures={captures}
              captureId={face.captureId}
              index={face.index}
              name={face.student?.name ?? "?"}
              size={72}
            />
            <div className={classes.checkText}>
              <StatusBadge sign={FACES[face.state]} />
              <strong>{face.student ? `Is this ${face.student.name}?` : "Nobody we know"}</strong>
            </div>
            <div className={classes.checkButtons}>
              {face.student && (
                <Button
                  size="sm"
                  leftSection={<IconCheck size={18} />}
                  disabled={decide.isPending}
                  onClick={() => confirm(face)}
                  aria-label={`Yes, it is ${face.student.name}`}
                >
                  Yes
                </Button>
              )}
              <Button
                size="sm"
                variant="default"
                onClick={() => onFace(face)}
                aria-label={face.student ? `No, not ${face.student.name}` : "Say who this is"}
              >
                {face.student ? "No" : "Who is it?"}
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
