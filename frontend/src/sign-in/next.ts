/** Where somebody wanted to go, kept in this tab while they are at a provider. */

import { ownAddress } from "../app/address";

const KEY = "after-sign-in";

export function remember(next: string): void {
  sessionStorage.setItem(KEY, next);
}

export function recall(): string {
  const next = ownAddress(sessionStorage.getItem(KEY));
  sessionStorage.removeItem(KEY);
  return next;
}
