/**
 * Whether the backend can be reached, as its answers tell it. Looks again by itself while it can't. What the browser
 * thinks of its network only names the reason: a backend on this very device answers without any.
 */

import { useSyncExternalStore } from "react";

export type Reach = "online" | "offline" | "unreachable";

const LOOK_AGAIN_MS = 3_000;
/** A network that swallows a request says so only after minutes. */
const PATIENCE_MS = 6_000;
const CHANGES = ["online", "offline"];
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
    forgetLook();
    connection.lost();
  }
}

/** The network has come or gone: see at once what is left of it. */
function lookNow(): void {
  tell();
  forgetLook();
  void look();
}

function forgetLook(): void {
  clearTimeout(timer);
  timer = undefined;
}

function lookAgain(): void {
  timer = setTimeout(() => void look(), LOOK_AGAIN_MS);
}

export const connection = {
  /** Somebody answered, whatever they said. */
  reached: (): void => {
    forgetLook();
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
    if (answered) return "online";
    return navigator.onLine ? "unreachable" : "offline";
  },
  subscribe: (listener: () => void): (() => void) => {
    // The same function is listened with once, however many watch.
    for (const change of CHANGES) window.addEventListener(change, lookNow);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      for (const change of CHANGES) window.removeEventListener(change, lookNow);
    };
  },
};

export function useReach(): Reach {
  return useSyncExternalStore(connection.subscribe, connection.reach);
}
