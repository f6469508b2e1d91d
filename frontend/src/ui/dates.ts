/** Dates and times as people read them, always in the institution's time zone. */

export function longDate(date: string): string {
  return dateIn("long", date);
}

/** For a line that has to hold more than the date. */
export function shortDate(date: string): string {
  return dateIn("short", date);
}

function dateIn(words: "long" | "short", date: string): string {
  // A date has no time zone: read it and show it in the same one.
  return new Intl.DateTimeFormat(undefined, {
    weekday: words,
    day: "numeric",
    month: words,
    year: "numeric",
    timeZone: "UTC",
  }).format(new Date(`${date}T00:00:00Z`));
}

export function timeOf(moment: string, timeZone: string): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: "short", timeZone }).format(new Date(moment));
}

export function dayAndTimeOf(moment: Date, timeZone: string): string {
  return new Intl.DateTimeFormat(undefined, {
    weekday: "long",
    hour: "numeric",
    minute: "2-digit",
    timeZone,
  }).format(moment);
}
