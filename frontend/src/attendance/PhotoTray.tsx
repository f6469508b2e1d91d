/**
 * The session's photos as small pictures: those on their way, those worked on, those done, those that failed. One photo
 * alone is seen large anyway.
 */

import { CloseButton, Loader } from "@mantine/core";
import { IconAlertTriangle, IconClockPause, IconCloudUp, IconPhoto } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { wordsFor, wordsForCode } from "../api/problems";
import { type CaptureSummary, isPending, photoOf } from "../api/queries";
import type { WaitingPhoto } from "../photos/outbox";
import type { Outbox, Refusal } from "../photos/useOutbox";
import { usePhotoAddress } from "../photos/usePhotoAddress";
import classes from "./attendance.module.css";

interface Tray {
  captures: readonly CaptureSummary[];
  outbox: Outbox;
  shownId: string | undefined;
  onShow: (captureId: string) => void;
}

export function PhotoTray({ captures, outbox, shownId, onShow }: Tray) {
  const several = captures.length > 1 || outbox.waiting.length > 0;
  if (!several && outbox.refused.length === 0) return null;
  return (
    <section aria-label="Photos">
      {several && (
        <ul className={classes.tray}>
          {captures.map((capture, place) => (
            <li key={capture.id}>
              <CaptureTile
                capture={capture}
                place={place + 1}
                shown={capture.id === shownId}
                onShow={() => onShow(capture.id)}
              />
            </li>
          ))}
          {outbox.waiting.map((photo) => (
            <li key={photo.key}>
              <WaitingTile photo={photo} sending={outbox.sending} />
            </li>
          ))}
        </ul>
      )}
      {outbox.waiting.some(({ fleeting }) => fleeting) && (
        <p role="status" className={classes.fleeting}>
          This browser can't keep photos. Leave this page open until they are sent.
        </p>
      )}
      {outbox.refused.map((refusal) => (
        <RefusedPhoto key={refusal.key} refusal={refusal} onDismiss={() => outbox.dismiss(refusal.key)} />
      ))}
    </section>
  );
}

interface CaptureTileProps {
  capture: CaptureSummary;
  place: number;
  shown: boolean;
  onShow: () => void;
}

function CaptureTile({ capture, place, shown, onShow }: CaptureTileProps) {
  const photo = useQuery({ ...photoOf(capture.id), enabled: capture.viewable });
  const address = usePhotoAddress(photo.data);
  const { word, sign } = stateOf(capture);
  return (
    <button
      type="button"
      className={classes.tile}
      aria-label={`Photo ${place}: ${word}`}
      aria-pressed={shown}
      onClick={onShow}
    >
      {address ? <img src={address} alt="" /> : <IconPhoto size={24} />}
      {sign && <span className={classes.tileSign}>{sign}</span>}
    </button>
  );
}

function stateOf(capture: CaptureSummary): { word: string; sign: ReactNode } {
  if (isPending(capture)) return { word: "recognition will follow", sign: <IconClockPause size={22} /> };
  if (capture.state === "recognised") return { word: "recognised", sign: null };
  return {
    word: `not recognised. ${wordsForCode(capture.error_code ?? "UNKNOWN")}`,
    sign: <IconAlertTriangle size={22} />,
  };
}

function WaitingTile({ photo, sending }: { photo: WaitingPhoto; sending: Outbox["sending"] }) {
  const address = usePhotoAddress(photo.photo);
  const part = sending?.key === photo.key ? sending.part : null;
  return (
    <div className={classes.tile} role="status" aria-label={`A photo: ${wordOf(part)}`}>
      {address && <img src={address} alt="" />}
      <span className={classes.tileSign}>{signOf(part)}</span>
    </div>
  );
}

function wordOf(part: number | null): string {
  if (part === null) return "waits on this device to be sent";
  return part < 1 ? `${Math.round(part * 100)} % sent` : "being recognised";
}

function signOf(part: number | null): ReactNode {
  if (part === null) return <IconCloudUp size={22} />;
  if (part >= 1) return <Loader size={24} color="white" />;
  return <progress className={classes.tileProgress} value={part} aria-hidden />;
}

function RefusedPhoto({ refusal, onDismiss }: { refusal: Refusal; onDismiss: () => void }) {
  const address = usePhotoAddress(refusal.photo);
  return (
    <div className={classes.refused} role="alert">
      <IconAlertTriangle size={20} aria-hidden />
      {address && <img src={address} alt="" onError={({ currentTarget }) => (currentTarget.hidden = true)} />}
      <span>
        <strong>This photo can't be used.</strong> {wordsFor(refusal.error)}
      </span>
      <CloseButton aria-label="Dismiss" onClick={onDismiss} />
    </div>
  );
}
