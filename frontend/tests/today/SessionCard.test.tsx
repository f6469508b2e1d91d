import { describe, expect, it } from "vitest";
import { countsOf } from "../../src/today/SessionCard";
import { CLOSED, overview } from "../school";

describe("what a card says of a session that is open", () => {
  it("is how many are here, the late among them", () => {
    expect(countsOf(overview({ present: 7, late: 2 }))).toBe("9 of 10 here");
  });

  it("is that nobody is here yet", () => {
    expect(countsOf(overview())).toBe("0 of 10 here");
  });

  it("is what still needs the teacher", () => {
    const told = overview({ present: 7, to_confirm: 2, pending_captures: 1 });
    expect(countsOf(told)).toBe("7 of 10 here · 2 to confirm · 1 photo waiting");
    expect(countsOf({ ...told, pending_captures: 3 })).toContain("3 photos waiting");
  });

  it("does not count the absent: nothing is final yet", () => {
    expect(countsOf(overview({ present: 7, absent: 1, excused: 1 }))).toBe("7 of 10 here");
  });
});

describe("what a card says of a session that is closed", () => {
  it("is what was written down", () => {
    const told = overview({ session: CLOSED, present: 6, late: 1, absent: 2, excused: 1 });
    expect(countsOf(told)).toBe("7 of 10 here · 2 absent · 1 excused");
  });

  it("is short where everybody came", () => {
    expect(countsOf(overview({ session: { ...CLOSED, state: "locked" }, present: 10 }))).toBe(
      "10 of 10 here",
    );
  });
});

it("a class without students is told as such", () => {
  expect(countsOf(overview({ students: 0 }))).toBe("Nobody is on the roster yet");
});
