import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Face } from "../../src/api/queries";
import {
  adviceFor,
  candidates,
  facesOf,
  facesToCheck,
  groupsOf,
  plain,
  type ShownFace,
  summary,
} from "../../src/attendance/faces";
import { capture, face, register, shownFace, student } from "../school";

const PRESENT = student("Grace", { proposal: "present", status: "present", source: "face" });
const UNSURE = student("Barack", { proposal: "uncertain" });
const UNSEEN = student("Eileen");

function decidedAs(student_id: string | null): NonNullable<Face["decided"]> {
  return { by: "teacher-1", student_id };
}

/** What is shown of one face that the backend told of so. */
function shownOf(told: Partial<Face>, unknown = false): ShownFace | undefined {
  const photo = capture([face(0, told)]);
  const unknown_faces = unknown ? [{ capture_id: photo.id, face_index: 0, location: face(0).location }] : [];
  return facesOf(photo, register([PRESENT, UNSURE, UNSEEN], [photo], { unknown_faces }))[0];
}

describe("a face on a photo", () => {
  it("is named where the backend is sure of the student", () => {
    expect(shownOf({ status: "present", student_id: PRESENT.student_id })).toMatchObject({
      state: "named",
      student: PRESENT,
      decided: false,
    });
  });

  it("is to be confirmed where it is not sure", () => {
    const shown = shownOf({ status: "uncertain", student_id: UNSURE.student_id });
    expect(shown).toMatchObject({ state: "unsure", student: UNSURE, decided: false });
  });

  it("is named once a teacher has said who it is, however unsure the backend was", () => {
    const told = {
      status: "uncertain",
      student_id: UNSURE.student_id,
      decided: decidedAs(UNSEEN.student_id),
    } as const;
    expect(shownOf(told)).toMatchObject({ state: "named", student: UNSEEN, decided: true });
  });

  it("is unknown once a teacher has said that it is nobody of this class, however sure the backend was", () => {
    const told = { status: "present", student_id: PRESENT.student_id, decided: decidedAs(null) } as const;
    expect(shownOf(told)).toMatchObject({ state: "unknown", student: null, decided: true });
  });

  it("is unknown where the register says so, whoever it was near to", () => {
    expect(shownOf({ student_id: PRESENT.student_id }, true)).toMatchObject({
      state: "unknown",
      student: null,
    });
  });

  it("of somebody who has left the roster is unknown", () => {
    expect(shownOf({ status: "present", student_id: "student-gone" })).toMatchObject({
      state: "unknown",
      student: null,
    });
  });

  it("is looked up on its own photo alone", () => {
    const photo = capture([face(0, { status: "present", student_id: PRESENT.student_id })]);
    const elsewhere = { capture_id: "capture-2", face_index: 0, location: face(0).location };
    const shown = facesOf(photo, register([PRESENT], [photo], { unknown_faces: [elsewhere] }));
    expect(shown[0]?.state).toBe("named");
  });
});

it("a photo that is not recognised yet has no faces", () => {
  const photo = capture([], { state: "received" });
  delete photo.faces;
  expect(facesOf(photo, register([PRESENT], [photo]))).toEqual([]);
});

describe("the order of faces", () => {
  function orderOf(faces: Face[]): number[] {
    const photo = capture(faces);
    return facesOf(photo, register([], [photo])).map(({ index }) => index);
  }

  function at(index: number, left: number, top: number, size = 80): Face {
    return face(index, { location: { left, top, right: left + size, bottom: top + size } });
  }

  it("is that of reading: along each row of people, the one at the back first", () => {
    const back = [at(3, 50, 100), at(1, 300, 120), at(4, 600, 90)];
    const front = [at(0, 100, 300), at(2, 400, 280)];
    expect(orderOf([...front, ...back])).toEqual([3, 1, 4, 0, 2]);
  });

  it("takes a row that slopes for one row", () => {
    expect(orderOf([at(0, 0, 150), at(1, 200, 120), at(2, 400, 90)])).toEqual([0, 1, 2]);
  });

  const place = fc.record({
    left: fc.integer({ min: 0, max: 3_000 }),
    top: fc.integer({ min: 0, max: 2_000 }),
    size: fc.integer({ min: 20, max: 400 }),
  });
  const places = fc.array(place, { maxLength: 40 });

  it("holds every face once", () => {
    fc.assert(
      fc.property(places, (all) => {
        const order = orderOf(all.map(({ left, top, size }, index) => at(index, left, top, size)));
        expect([...order].sort((one, other) => one - other)).toEqual(all.map((_, index) => index));
      }),
    );
  });

  it("is the same in whatever order the faces were found", () => {
    const shuffled = places.chain((all) => {
      const faces = all.map(({ left, top, size }, index) => at(index, left, top, size));
      return fc.tuple(fc.constant(faces), fc.shuffledSubarray(faces, { minLength: faces.length }));
    });
    fc.assert(
      fc.property(shuffled, ([found, otherwise]) => {
        expect(orderOf(otherwise)).toEqual(orderOf(found));
      }),
    );
  });

  it("never puts a face before one that ends above it and stands left of it", () => {
    fc.assert(
      fc.property(places, (all) => {
        const faces = all.map(({ left, top, size }, index) => at(index, left, top, size));
        const order = orderOf(faces).map((index) => faces[index]?.location ?? face(0).location);
        const misplaced = order.filter((late, position) =>
          order.slice(0, position).some((early) => late.bottom < early.top && late.right < early.left),
        );
        expect(misplaced).toEqual([]);
      }),
    );
  });
});

describe("faces to check", () => {
  const toConfirm = shownFace({ index: 1, state: "unsure", student: UNSURE });
  const stranger = shownFace({ index: 2 });

  it("are those to confirm and those nobody knows", () => {
    expect(facesToCheck([stranger, toConfirm])).toEqual({ unsure: [toConfirm], unknown: [stranger] });
  });

  it("are none that are named, nor strangers a teacher has judged", () => {
    const named = shownFace({ state: "named", student: PRESENT });
    expect(facesToCheck([named, shownFace({ decided: true })])).toEqual({ unsure: [], unknown: [] });
  });

  it("don't ask about somebody who is marked by hand already", () => {
    const marked = student("Barack", { proposal: "uncertain", status: "late", source: "manual" });
    expect(facesToCheck([{ ...toConfirm, student: marked }]).unsure).toEqual([]);
  });
});

describe("the groups of a roster", () => {
  const late = student("Late", { status: "late" });
  const absent = student("Absent", { status: "absent" });
  const excused = student("Excused", { status: "excused" });

  it("are those to confirm, not seen, here and away", () => {
    expect(groupsOf([PRESENT, UNSURE, UNSEEN, late, absent, excused])).toEqual({
      unsure: [UNSURE],
      unmarked: [UNSEEN],
      here: [PRESENT, late],
      away: [absent, excused],
    });
  });

  it("follow the mark and not the photo once there is one", () => {
    const away = student("Barack", { proposal: "uncertain", status: "absent" });
    expect(groupsOf([away])).toEqual({ unsure: [], unmarked: [], here: [], away: [away] });
  });

  it("hold everybody exactly once, whatever their status", () => {
    const anyone = fc.record({
      status: fc.constantFrom("present", "late", "absent", "excused", "unmarked" as const),
      proposal: fc.constantFrom("present", "uncertain", "not_seen" as const),
    });
    fc.assert(
      fc.property(fc.array(anyone), (all) => {
        const students = all.map((told, number) => student(String(number), told));
        const grouped = Object.values(groupsOf(students)).flat() as unknown[];
        expect(grouped).toHaveLength(students.length);
        expect(new Set(grouped)).toEqual(new Set(students));
      }),
    );
  });
});

describe("candidates for a face", () => {
  const names = (search: string) =>
    candidates([PRESENT, UNSEEN, UNSURE, student("Élève"), student("Zoë", { status: "late" })], search).map(
      ({ name }) => name,
    );

  it("are those nobody has seen yet first, then by name", () => {
    expect(names("")).toEqual(["Barack", "Eileen", "Élève", "Grace", "Zoë"]);
  });

  it("are found by a part of the name, without accents and capitals", () => {
    expect(names("ELEV")).toEqual(["Élève"]);
    expect(names("zoe")).toEqual(["Zoë"]);
  });

  it("are found by the roll number", () => {
    expect(names("r-grace")).toEqual(["Grace"]);
  });

  it("are none for a name that is not on the roster", () => {
    expect(names("nobody at all")).toEqual([]);
  });
});

it("a name is as plain as its capitals", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (name) => {
      expect(plain(plain(name))).toBe(plain(name));
    }),
  );
  expect(plain("ÉLÈVE")).toBe(plain("élève"));
});

describe("what came of a photo, in a sentence", () => {
  const named = shownFace({ state: "named", student: PRESENT });
  const unsure = shownFace({ state: "unsure", student: UNSURE });

  it("counts the named, those to confirm and the unknown", () => {
    expect(summary([named, named, unsure, shownFace()])).toBe("4 faces: 2 named, 1 to confirm, 1 unknown.");
  });

  it("leaves out what there is none of", () => {
    expect(summary([named])).toBe("1 face: 1 named.");
  });

  it("says that there is nobody", () => {
    expect(summary([])).toBe("No face found in this photo.");
  });
});

describe("advice for the next photo", () => {
  const doubted = (...reasons: string[]) =>
    adviceFor(shownFace({ quality: { ...face(0).quality, reasons } }));

  it("has words for every reason the ML service gives", () => {
    const source = readFileSync("../ml-service/attendance_ml/faces/quality.py", "utf8");
    const reasons = [...source.matchAll(/^ {4}[A-Z_]+ = "([a-z_]+)"$/gm)].map(([, reason = ""]) => reason);
    expect(reasons).toContain("cut_off");
    expect(doubted(...reasons)).toHaveLength(reasons.length);
  });

  it("says nothing of a reason it has no words for", () => {
    expect(doubted("too_blue", "blurred")).toEqual(["the face is blurred: hold still"]);
  });

  it("is silent about a good face", () => {
    expect(doubted()).toEqual([]);
  });
});
