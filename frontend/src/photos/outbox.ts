/**
 * Photos on their way to the backend, kept on this device until it has them: a reload, a dead battery or a cellar
 * without a network loses none. Each is sent under one key, so that the backend keeps it once however often it is sent.
 */

import { createStore, del, entries, set } from "idb-keyval";
import { newKey } from "../api/client";

export interface WaitingPhoto {
  key: string;
  sessionId: string;
  /** Whose photo it is: nobody else who signs in on this device sends or sees it. */
  userId: string;
  photo: Blob;
  takenAt: number;
  /** This device keeps nothing for the page: closing or reloading it would lose the photo. */
  fleeting?: true;
}

/** Who hasn't come back for it by then won't: a photo of a class is not left lying on a device. */
const KEPT_MS = 3 * 24 * 60 * 60 * 1_000;

const store = createStore("smart-attendance", "photos");
/** Photos for which the device had no room, or that its browser keeps for nobody, as in some private windows. */
const inMemory = new Map<string, WaitingPhoto>();

export async function keepPhoto(userId: string, sessionId: string, photo: Blob): Promise<WaitingPhoto> {
  const waiting = { key: newKey(), sessionId, userId, photo, takenAt: Date.now() };
  try {
    await set(waiting.key, waiting, store);
    return waiting;
  } catch {
    const fleeting = { ...waiting, fleeting: true } as const;
    inMemory.set(waiting.key, fleeting);
    return fleeting;
  }
}

export async function forgetPhoto(key: string): Promise<void> {
  if (!inMemory.delete(key)) await del(key, store);
}

/** What still waits, oldest first. What has waited for too long is forgotten, whoever it belongs to. */
export async function waitingPhotos(userId: string, sessionId?: string): Promise<WaitingPhoto[]> {
  const kept = [...(await onDevice()), ...inMemory.values()];
  const isOld = ({ takenAt }: WaitingPhoto) => Date.now() - takenAt > KEPT_MS;
  const old = kept.filter(isOld).map(({ key }) => key);
  for (const key of old) await forgetPhoto(key);
  return kept
    .filter((one) => !isOld(one) && one.userId === userId)
    .filter((one) => sessionId === undefined || one.sessionId === sessionId)
    .sort((one, other) => one.takenAt - other.takenAt);
}

/** None where the browser lets the page keep nothing. */
async function onDevice(): Promise<WaitingPhoto[]> {
  try {
    return (await entries<string, WaitingPhoto>(store)).map(([, waiting]) => waiting);
  } catch {
    return [];
  }
}
