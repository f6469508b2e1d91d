/** Whether the backend can be reached, as its answers and the browser tell it. Looks again by itself while it can't. */

import { useSyncExternalStore } from "react";

export type Reach = "online" | "offline" | "unreachable";

const LOOK_AGAIN_MS = 3_000;
/** A network that swallows a request says so only after minutes. */
const PATIENCE_MS = 6_000;
const listeners = new Set<() => void>();
let answered = true;
let timer: ReturnType<typeof setTimeout> | undefined;

function tell(): void {
  for (const listener of listeners) listener();
}

async function look(): Promise<void> {
  try {
    await fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    connection.reached();
  } catch {
    lookAgain();
  }
}

function lookAgain(): void {
  timer = setTimeout(() => void look(), LOOK_AGAIN_MS);
}

export const connection = {
  /** Somebody answered, whatever they said. */
  reached: (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (answered) return;
    answered = true;
    tell();
  },
  /** A request got no answer. */
  lost: (): void => {
    if (timer === undefined) lookAgain();
    if (!answered) return;
    answered = false;
    tell();
  },
  reach: (): Reach => {
    if (!navigator.onLine) return "offline";
    return answered ? "online" : "unreachable";
  },
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    for (const change of ["online", "offline"]) window.addEventListener(change, listener);
    return () => {
      listeners.delete(listener);
      for (const change of ["online", "offline"]) window.removeEventListener(change, listener);
    };
  },
};

export function useReach(): Reach {
  return useSyncExternalStore(connection.subscribe, connection.reach);
}
