import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextPeriod } from "../../src/today/StartSession";
import { overview, SESSION, SUBJECT } from "../school";

function at(period: number, subject_id = SUBJECT.id) {
  return overview({ session: { ...SESSION, subject_id, period } });
}

describe("the period that is proposed", () => {
  it("is the first of the day", () => {
    expect(nextPeriod([], SUBJECT.id)).toBe(1);
  });

  it("is the first that this subject has not had", () => {
    expect(nextPeriod([at(1), at(2), at(4)], SUBJECT.id)).toBe(3);
  });

  it("does not mind another subject's", () => {
    expect(nextPeriod([at(1, "subject-2"), at(2, "subject-2")], SUBJECT.id)).toBe(1);
  });

  it("is the last of the day where every one is taken", () => {
    const all = Array.from({ length: 24 }, (_, before) => at(before + 1));
    expect(nextPeriod(all, SUBJECT.id)).toBe(24);
  });

  it("is free, and none before it is, whatever was held", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 23 })), (held) => {
        const proposed = nextPeriod(
          held.map((period) => at(period)),
          SUBJECT.id,
        );
        expect(held).not.toContain(proposed);
        expect(held).toEqual(
          expect.arrayContaining(Array.from({ length: proposed - 1 }, (_, before) => before + 1)),
        );
      }),
    );
  });
});
