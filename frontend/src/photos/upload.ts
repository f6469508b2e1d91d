/** Sends one photo and tells how far it has come, which `fetch` can't. */

import { API, type Schemas } from "../api/client";
import { connection } from "../api/connection";
import { ApiError, asProblem, UnreachableError } from "../api/problems";
import type { WaitingPhoto } from "./outbox";

const TYPES: Record<string, string> = { heic: "image/heic", heif: "image/heif" };

/** A connection over which nothing moves for so long is none. */
const STALLED_MS = 30_000;

/** Send the photo. `progress` gets the part sent, 0 to 1. Rejects with `ApiError` or `UnreachableError`. */
export function upload(
  { sessionId, photo, key }: WaitingPhoto,
  progress: (part: number) => void,
): Promise<Schemas["CaptureView"]> {
  // What a copy that broke off leaves behind: no need to ask anybody.
  if (photo.size === 0) return Promise.reject(new ApiError(422, { error_code: "INVALID_IMAGE" }));
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${API}/sessions/${encodeURIComponent(sessionId)}/captures`);
    request.setRequestHeader("Idempotency-Key", key);
    request.setRequestHeader("Content-Type", typeOf(photo));
    const stalled = alarm(STALLED_MS, () => request.abort());
    request.upload.onprogress = ({ loaded, total }) => {
      stalled.again();
      progress(total ? loaded / total : 0);
    };
    request.onloadend = stalled.off;
    request.onload = () => {
      connection.reached();
      const capture = request.status < 300 ? captureIn(request.responseText) : null;
      if (capture) resolve(capture);
      else reject(new ApiError(request.status, asProblem(request.responseText)));
    };
    request.onerror = request.onabort = () => {
      connection.lost();
      reject(new UnreachableError());
    };
    request.send(photo);
  });
}

/** Something to be done unless it is put off again and again. */
function alarm(ms: number, ring: () => void): { again: () => void; off: () => void } {
  let timer = setTimeout(ring, ms);
  return {
    again: () => {
      clearTimeout(timer);
      timer = setTimeout(ring, ms);
    },
    off: () => clearTimeout(timer),
  };
}

/** The capture in an answer. A network that wants a sign-in of its own answers everything well, and nothing of ours. */
function captureIn(text: string): Schemas["CaptureView"] | null {
  try {
    const told = JSON.parse(text) as Schemas["CaptureView"] | null;
    return told && typeof told.id === "string" ? told : null;
  } catch {
    return null;
  }
}

/** Browsers that don't know HEIC give its files no type. */
function typeOf(photo: Blob): string {
  if (photo.type) return photo.type;
  const ending = photo instanceof File ? photo.name.split(".").at(-1)?.toLowerCase() : undefined;
  return TYPES[ending ?? ""] ?? "application/octet-stream";
}
