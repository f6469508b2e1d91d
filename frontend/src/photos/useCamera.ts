/** The device's camera as long as somebody looks through it: the rear one first, as sharp as it can. */

import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

export type CameraState = "asking" | "on" | "refused";

export interface Camera {
  video: RefObject<HTMLVideoElement | null>;
  state: CameraState;
  /** Why there is no picture, for a person. */
  reason: string;
  canTurn: boolean;
  turn: () => void;
  takePhoto: () => Promise<Blob>;
}

type Facing = "environment" | "user";

/** More than any camera has: the browser gives the most there is. */
const WANTED = { width: { ideal: 4096 }, height: { ideal: 3072 } };
const JPEG_QUALITY = 0.92;
const STILL_MS = 4_000;

const REASONS: Record<string, string> = {
  NotAllowedError: "This page may not use the camera",
  NotFoundError: "No camera was found",
  NotReadableError: "Another program uses the camera",
};

export function useCamera(): Camera {
  const video = useRef<HTMLVideoElement>(null);
  const stream = useRef<MediaStream | null>(null);
  const [facing, setFacing] = useState<Facing>("environment");
  const [state, setState] = useState<CameraState>("asking");
  const [reason, setReason] = useState("");
  const [canTurn, setCanTurn] = useState(false);

  useEffect(() => {
    let gone = false;
    const start = async () => {
      try {
        const opened = await open(facing);
        if (gone) {
          stop(opened);
          return;
        }
        stream.current = opened;
        if (video.current) video.current.srcObject = opened;
        setCanTurn((await camerasThere()) > 1);
        setState("on");
      } catch (error) {
        setReason(REASONS[(error as DOMException).name] ?? "The camera can't be used here");
        setState("refused");
      }
    };
    void start();
    return () => {
      gone = true;
      stop(stream.current);
      stream.current = null;
    };
  }, [facing]);

  const turn = useCallback(() => {
    setState("asking");
    setFacing((now) => (now === "user" ? "environment" : "user"));
  }, []);
  const takePhoto = useCallback(async () => {
    const [track] = stream.current?.getVideoTracks() ?? [];
    if (!track || !video.current) throw new Error("the camera is off");
    return (await still(track)) ?? frameOf(video.current);
  }, []);
  return { video, state, reason, canTurn, turn, takePhoto };
}

async function open(facing: Facing): Promise<MediaStream> {
  // On a page that is not secure there is no such thing.
  if (!("mediaDevices" in navigator)) throw new DOMException("no secure page", "SecurityError");
  return navigator.mediaDevices.getUserMedia({ video: { facingMode: facing, ...WANTED }, audio: false });
}

async function camerasThere(): Promise<number> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === "videoinput").length;
}

function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

interface StillCamera {
  takePhoto: () => Promise<Blob>;
}

/** A still with the sensor's full resolution, where the browser and the camera can, and don't take for ever. */
async function still(track: MediaStreamTrack): Promise<Blob | null> {
  const Capturing = (window as { ImageCapture?: new (track: MediaStreamTrack) => StillCamera }).ImageCapture;
  if (!Capturing) return null;
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), STILL_MS));
  const photo = new Capturing(track).takePhoto().catch(() => null);
  return Promise.race([photo, late]);
}

/** The picture as the viewfinder shows it. */
async function frameOf(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  const photo = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
  if (!photo) throw new Error("the camera gave no picture");
  return photo;
}
