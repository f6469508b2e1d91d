/** Which addresses a person may be led to. */

/** Only an address of our own: a link must not send somebody who signs in anywhere else. */
export function ownAddress(wanted: unknown): string {
  // Browsers read a backslash as a slash, and pass over tabs and line ends.
  return typeof wanted === "string" && /^\/(?![/\\])[^\s\\]*$/.test(wanted) ? wanted : "/";
}
