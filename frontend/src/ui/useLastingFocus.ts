/** Keeps the place of whoever uses the keyboard: where the page takes away what has the focus, something near gets it. */

import { useEffect } from "react";

const DIALOGUE = "[role=dialog]";
const FOCUSABLE = "button, a[href], input, select, [tabindex]";

/**
 * An element with an id is a place: what is taken out of it, or with it, is followed to wherever that id is next, and
 * failing that to the place around it. After a dialogue the focus is again where it was before.
 */
export function useLastingFocus(): void {
  useEffect(() => {
    let holder: Element | null = null;
    let onPage: HTMLElement | null = null;
    let places: string[] = [];
    let byKeyboard = false;
    const note = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return;
      holder = target;
      byKeyboard = target.matches(":focus-visible");
      if (target.closest(DIALOGUE)) return;
      onPage = target;
      places = idsAround(target);
    };
    const look = () => {
      const isLost = holder?.isConnected === false && document.activeElement === document.body;
      if (!isLost || document.querySelector(DIALOGUE)) return;
      const next = onPage?.isConnected ? onPage : nearest(places);
      // Nobody who taps wants the page to jump.
      next?.focus({ preventScroll: !byKeyboard });
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener("focusin", note);
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", note);
    };
  }, []);
}

/** From the innermost outwards. */
function idsAround(element: Element): string[] {
  const ids: string[] = [];
  for (let one: Element | null = element; one; one = one.parentElement) if (one.id) ids.push(one.id);
  return ids;
}

function nearest(places: readonly string[]): HTMLElement | null {
  for (const id of places) {
    const place = document.getElementById(id);
    const found = place?.matches(FOCUSABLE) ? place : place?.querySelector<HTMLElement>(FOCUSABLE);
    if (found) return found;
  }
  return null;
}
