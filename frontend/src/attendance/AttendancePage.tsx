/** Taking attendance: photos on one side, the roster on the other, and nothing final until the session is closed. */

import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import {
  type Capture,
  capturesOf,
  isPending,
  type Me,
  type Register,
  type RegisterRow,
} from "../api/queries";
import { type Outbox, useOutbox } from "../photos/useOutbox";
import { tellFailure } from "../ui/notices";
import { ActionBar } from "./ActionBar";
import classes from "./attendance.module.css";
import { CloseDialog } from "./CloseDialog";
import { FaceSheet } from "./FaceSheet";
import { FacesToCheck } from "./FacesToCheck";
import { facesOf, type ShownFace, summary } from "./faces";
import { NoPhotoYet, PhotoPanel, SendingPanel } from "./PhotoPanel";
import { PhotoTray } from "./PhotoTray";
import { RemoveDialog } from "./RemoveDialog";
import { Roster } from "./Roster";
import { StudentSheet } from "./StudentSheet";
import { WaitingNotice } from "./WaitingNotice";

const CameraView = lazy(() => import("../photos/CameraView"));

export function AttendancePage({ register, account }: { register: Register; account: Me }) {
  const sessionId = register.session.id;
  const { captures, faces } = useRecognised(register);
  const [wantedPhoto, setWantedPhoto] = useState<string | null>(null);
  const [face, setFace] = useState<ShownFace | null>(null);
  const [student, setStudent] = useState<RegisterRow | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  const [cameraOpen, camera] = useDisclosure(false);
  const [closing, close] = useDisclosure(false);
  const outbox = useOutbox(account.id, sessionId, setWantedPhoto);
  const told = useTold(register, captures, faces);

  const add = (photos: readonly Blob[]) => outbox.add(photos).catch(tellFailure);
  const { shown, underWay } = photoToShow(register, outbox, wantedPhoto);
  const hasPhotos = register.captures.length + outbox.waiting.length > 0;

  return (
    <>
      <p role="status" className="visually-hidden">
        {told}
      </p>
      <div className={classes.columns}>
        <div className={classes.photos}>
          {register.captures.some(isPending) && <WaitingNotice captures={register.captures} />}
          <PhotoTray
            captures={register.captures}
            outbox={outbox}
            shownId={shown?.id}
            onShow={setWantedPhoto}
          />
          {underWay && <SendingPanel photo={underWay.photo} part={outbox.sending?.part ?? null} />}
          {shown && !underWay && (
            <PhotoPanel
              key={shown.id}
              summary={shown}
              capture={captures.find(({ id }) => id === shown.id)}
              faces={faces.filter(({ captureId }) => captureId === shown.id)}
              onFace={setFace}
              onRemove={() => setRemoving(shown.id)}
            />
          )}
          <FacesToCheck register={register} captures={captures} faces={faces} onFace={setFace} />
          {!hasPhotos && <NoPhotoYet students={register.students.length} />}
        </div>
        <Roster register={register} captures={captures} onStudent={setStudent} />
      </div>
      <ActionBar
        students={register.students}
        hasPhotos={hasPhotos}
        onCamera={camera.open}
        onFiles={add}
        onClose={close.open}
      />
      <FaceSheet register={register} captures={captures} face={face} onDone={() => setFace(null)} />
      <StudentSheet register={register} captures={captures} row={student} onDone={() => setStudent(null)} />
      <RemoveDialog sessionId={sessionId} captureId={removing} onDone={() => setRemoving(null)} />
      <CloseDialog register={register} unsent={outbox.waiting.length} opened={closing} onDone={close.close} />
      {cameraOpen && (
        <Suspense fallback={null}>
          <CameraView onPhoto={(photo) => void add([photo])} onDone={camera.close} />
        </Suspense>
      )}
    </>
  );
}

/** The photo under way is looked at first; one that waits, only where there is no other to look at. */
function photoToShow({ captures }: Register, { waiting, sending }: Outbox, wanted: string | null) {
  const shown = captures.find(({ id }) => id === wanted) ?? captures.at(-1);
  const first = waiting.find(({ key }) => key === sending?.key) ?? (shown ? undefined : waiting[0]);
  return { shown, underWay: first };
}

function useRecognised(register: Register) {
  const captures = useQuery(capturesOf(register)).data;
  return useMemo(() => {
    const recognised = captures ?? [];
    return { captures: recognised, faces: recognised.flatMap((capture) => facesOf(capture, register)) };
  }, [captures, register]);
}

/** What is said aloud when photos that were worked on are done. */
function useTold(register: Register, captures: readonly Capture[], faces: readonly ShownFace[]): string {
  const before = useRef(new Set(register.captures.filter((one) => !isPending(one)).map(({ id }) => id)));
  const [told, setTold] = useState("");
  useEffect(() => {
    const done = captures.filter(({ id }) => !before.current.has(id)).map(({ id }) => id);
    if (done.length === 0) return;
    for (const id of done) before.current.add(id);
    setTold(`Photo recognised. ${summary(faces.filter(({ captureId }) => captureId === done.at(-1)))}`);
  }, [captures, faces]);
  return told;
}
