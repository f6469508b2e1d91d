import { describe, expect, it } from "vitest";
import { dayAndTimeOf, longDate, timeOf } from "../../src/ui/dates";

describe("dates and times", () => {
  it("are those of the institution, wherever the device is", () => {
    const moment = "2026-11-23T20:15:00Z";
    expect(timeOf(moment, "Asia/Kolkata")).toMatch(/1:45/);
    expect(timeOf(moment, "America/Lima")).toMatch(/3:15|15:15/);
  });

  it("name the day it is there", () => {
    const moment = new Date("2026-11-23T20:15:00Z");
    const there = new Intl.DateTimeFormat(undefined, { weekday: "long", timeZone: "Asia/Kolkata" });
    expect(dayAndTimeOf(moment, "Asia/Kolkata")).toContain(there.format(moment));
    expect(dayAndTimeOf(moment, "America/Lima")).not.toContain(there.format(moment));
  });

  it("never move a date to the day before", () => {
    expect(longDate("2026-11-23")).toMatch(/\b23\b/);
    expect(longDate("2026-01-01")).toMatch(/2026/);
  });
});
