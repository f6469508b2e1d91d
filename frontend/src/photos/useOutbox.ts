/** The photos of one session that are still on this device, and the one that is being sent. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useReach } from "../api/connection";
import { ApiError, hasCode, isSignedOut, NOT_OURS } from "../api/problems";
import { forgetPhoto, keepPhoto, type WaitingPhoto, waitingPhotos } from "./outbox";
import { upload } from "./upload";

export interface Refusal {
  key: string;
  photo: Blob;
  error: ApiError;
}

export interface Outbox {
  waiting: WaitingPhoto[];
  /** The key of the photo under way and the part of it that is sent, 0 to 1. */
  sending: { key: string; part: number } | null;
  /** Photos the backend can't use; it keeps nothing of them. */
  refused: Refusal[];
  add: (photos: readonly Blob[]) => Promise<void>;
  dismiss: (key: string) => void;
}

/** What a person can put right: by signing in again, or by opening the session again. */
function isInTheWay(error: unknown): boolean {
  return isSignedOut(error) || hasCode(error, "SESSION_NOT_OPEN");
}

/** What is worth another try: a server that is busy or broken. Everything else it said itself, it will say again. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.problem.error_code === NOT_OURS.error_code) return true;
  return error.status >= 500 || error.status === 429 || isInTheWay(error);
}

const AGAIN_MS = 4_000;

export function useOutbox(userId: string, sessionId: string, sent: (captureId: string) => void): Outbox {
  const client = useQueryClient();
  const reach = useReach();
  const [sending, setSending] = useState<Outbox["sending"]>(null);
  const [refused, setRefused] = useState<Refusal[]>([]);
  const [resting, setResting] = useState(false);
  const busy = useRef(false);
  const queryKey = ["outbox", userId, sessionId];
  const waiting = useQuery({ queryKey, queryFn: () => waitingPhotos(userId, sessionId), staleTime: 0 }).data;
  const reread = useCallback(async () => {
    const outbox = { queryKey: ["outbox", userId, sessionId] };
    // A look that began before the change would be taken for the answer to this one.
    await client.cancelQueries(outbox);
    await client.invalidateQueries(outbox);
  }, [client, userId, sessionId]);

  const sendOne = useCallback(
    async (next: WaitingPhoto) => {
      try {
        const capture = await upload(next, (part) => setSending({ key: next.key, part }));
        const own = await viewable(next.photo);
        client.setQueryData(["photo", capture.id], (known: Blob | undefined) => known ?? own);
        await forgetPhoto(next.key);
        await client.invalidateQueries({ queryKey: ["register", sessionId] });
        sent(capture.id);
      } catch (error) {
        if (mayPass(error)) {
          setResting(true);
          setTimeout(() => setResting(false), AGAIN_MS);
          // The register then tells the person: they are asked to sign in, or shown that the session is closed.
          if (isInTheWay(error)) void client.invalidateQueries({ queryKey: ["register", sessionId] });
          return;
        }
        await forgetPhoto(next.key);
        setRefused((before) => [...before, { key: next.key, photo: next.photo, error: error as ApiError }]);
      }
    },
    [client, sessionId, sent],
  );

  useEffect(() => {
    const next = waiting?.[0];
    if (!next || busy.current || resting || reach !== "online") return;
    busy.current = true;
    setSending({ key: next.key, part: 0 });
    void sendOne(next).finally(() => {
      busy.current = false;
      setSending(null);
      void reread();
    });
  }, [waiting, reach, resting, sendOne, reread]);

  const add = useCallback(
    async (photos: readonly Blob[]) => {
      for (const photo of photos) await keepPhoto(userId, sessionId, photo);
      await reread();
    },
    [userId, sessionId, reread],
  );
  const dismiss = useCallback(
    (key: string) => setRefused((before) => before.filter((one) => one.key !== key)),
    [],
  );
  return { waiting: waiting ?? [], sending, refused, add, dismiss };
}

/**
 * The sender's own copy spares fetching the photo again, where a browser can show it. Its type only follows from its
 * name, and some HEIC files are called `.jpg`: they tell by what they begin with.
 */
async function viewable(photo: Blob): Promise<Blob | undefined> {
  if (!/^image\/(jpeg|png|webp)$/.test(photo.type)) return undefined;
  return (await photo.slice(4, 8).text()) === "ftyp" ? undefined : photo;
}
