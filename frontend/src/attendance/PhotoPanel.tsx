/** One photo with every face framed. The frames are buttons: a tap tells who it is and changes it. */

import { ActionIcon, Alert, Group, Loader, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCamera,
  IconPhotoOff,
  IconTrash,
  IconZoomIn,
  IconZoomOut,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type CSSProperties, useLayoutEffect, useRef, useState } from "react";
import { wordsFor, wordsForCode } from "../api/problems";
import { type Capture, type CaptureSummary, photoOf } from "../api/queries";
import { usePhotoAddress } from "../photos/usePhotoAddress";
import { Empty } from "../ui/states";
import classes from "./attendance.module.css";
import { type ShownFace, summary as summaryOf } from "./faces";
import { FACES } from "./status";

const ZOOMS = [1, 1.75, 3, 5];

interface Panel {
  summary: CaptureSummary;
  /** There once it is recognised. */
  capture: Capture | undefined;
  faces: readonly ShownFace[];
  onFace: (face: ShownFace) => void;
  onRemove: () => void;
}

export function PhotoPanel({ summary, capture, faces, onFace, onRemove }: Panel) {
  const photo = useQuery({ ...photoOf(summary.id), enabled: summary.viewable });
  const address = usePhotoAddress(photo.data);
  const { viewport, zoom, setZoom } = useZoom();
  const loading = summary.viewable && !address && !photo.isError;
  return (
    <section className={classes.panel} aria-label="The photo">
      <Notices summary={summary} error={photo.error} />
      {address && (
        <div ref={viewport} className={classes.viewport} tabIndex={zoom > 0 ? 0 : -1}>
          <div className={classes.canvas} style={{ width: `${(ZOOMS[zoom] ?? 1) * 100}%` }}>
            <img src={address} alt="The class, as photographed" className={classes.photo} />
            {capture && faces.map((face) => <Frame key={face.index} {...{ face, capture, onFace }} />)}
          </div>
        </div>
      )}
      {loading && <Loader m="xl" aria-label="Loading the photo" />}
      <Group justify="space-between" gap="xs">
        <Text size="sm" c="dimmed" flex="1 1 8rem">
          {capture ? summaryOf(faces) : "Not recognised yet"}
        </Text>
        <Group gap={0} wrap="nowrap">
          {address && <ZoomButtons zoom={zoom} onZoom={setZoom} />}
          <ActionIcon aria-label="Remove this photo" color="gray" onClick={onRemove}>
            <IconTrash size={22} />
          </ActionIcon>
        </Group>
      </Group>
    </section>
  );
}

/** A photo on its way: seen at once, framed as soon as it is recognised. */
export function SendingPanel({ photo, part }: { photo: Blob; part: number | null }) {
  const address = usePhotoAddress(photo);
  const word =
    part === null
      ? "Waits on this device"
      : part < 1
        ? `Sending: ${Math.round(part * 100)} %`
        : "Looking for faces …";
  return (
    <section className={classes.panel} aria-label="The photo on its way">
      <div className={classes.viewport}>
        <div className={classes.canvas}>
          {address && <img src={address} alt="" className={classes.photo} />}
          <p className={classes.sending} aria-hidden>
            {part !== null && <Loader size={20} color="white" />}
            {word}
          </p>
        </div>
      </div>
    </section>
  );
}

/** Zoom in steps; what was in the middle of the view stays there. */
function useZoom() {
  const viewport = useRef<HTMLDivElement>(null);
  const [zoom, setStep] = useState(0);
  const middle = useRef({ x: 0.5, y: 0.5 });
  const setZoom = (step: number) => {
    const view = viewport.current;
    if (view) {
      middle.current = {
        x: (view.scrollLeft + view.clientWidth / 2) / view.scrollWidth,
        y: (view.scrollTop + view.clientHeight / 2) / view.scrollHeight,
      };
    }
    setStep(step);
  };
  useLayoutEffect(() => {
    const view = viewport.current;
    view?.scrollTo(
      middle.current.x * view.scrollWidth - view.clientWidth / 2,
      middle.current.y * view.scrollHeight - view.clientHeight / 2,
    );
  }, [zoom]);
  return { viewport, zoom, setZoom };
}

function Notices({ summary, error }: { summary: CaptureSummary; error: unknown }) {
  if (summary.state === "failed" || summary.state === "dead") {
    return (
      <Alert
        color="red"
        variant="light"
        icon={<IconAlertTriangle />}
        title="This photo could not be recognised"
      >
        {wordsForCode(summary.error_code ?? "UNKNOWN")} Take another, or mark the students by hand.
      </Alert>
    );
  }
  if (!summary.viewable) {
    return <Empty icon={<IconPhotoOff size={32} />} title="Shown as soon as it is recognised" />;
  }
  if (!error) return null;
  return (
    <Alert color="gray" variant="light" icon={<IconAlertTriangle />} title="The photo can't be shown">
      {wordsFor(error)}
    </Alert>
  );
}

function ZoomButtons({ zoom, onZoom }: { zoom: number; onZoom: (zoom: number) => void }) {
  return (
    <>
      <ActionIcon aria-label="Smaller" disabled={zoom === 0} onClick={() => onZoom(zoom - 1)}>
        <IconZoomOut size={22} />
      </ActionIcon>
      <ActionIcon aria-label="Larger" disabled={zoom === ZOOMS.length - 1} onClick={() => onZoom(zoom + 1)}>
        <IconZoomIn size={22} />
      </ActionIcon>
    </>
  );
}

function Frame({ face, capture, onFace }: { face: ShownFace; capture: Capture; onFace: Panel["onFace"] }) {
  const { word, icon: Icon, tone } = FACES[face.state];
  const { width, height } = capture;
  if (!width || !height) return null;
  const { top, left, right, bottom } = face.box;
  const place = {
    "--x": `${((left + right) / 2 / width) * 100}%`,
    "--y": `${((top + bottom) / 2 / height) * 100}%`,
    "--w": `${((right - left) / width) * 100}%`,
    "--h": `${((bottom - top) / height) * 100}%`,
  } as CSSProperties;
  const name = face.student?.name ?? (face.decided ? "Not of this class" : "Unknown");
  const [first, ...rest] = name.split(" ");
  return (
    <button
      type="button"
      className={classes.frame}
      data-tone={tone}
      style={place}
      aria-label={face.student ? `${name}: ${word.toLowerCase()}` : `${name} person`}
      onClick={() => onFace(face)}
    >
      <span className={classes.frameSign}>
        <Icon size={14} stroke={3} aria-hidden />
      </span>
      <span className={classes.frameName} aria-hidden>
        {first}
        {rest.length > 0 && <span className={classes.frameRest}> {rest.join(" ")}</span>}
      </span>
    </button>
  );
}

export function NoPhotoYet({ students }: { students: number }) {
  return (
    <div className={classes.noPhoto}>
      <Empty icon={<IconCamera size={32} />} title="Photograph the class">
        <Text c="dimmed" maw={380}>
          {students === 0
            ? "Nobody is on this roster yet, so nobody can be named. The school's office can add students."
            : "One photo from the front is often enough; take two or three of a large room. Everybody looks at you, nobody hides behind another."}
        </Text>
      </Empty>
    </div>
  );
}
