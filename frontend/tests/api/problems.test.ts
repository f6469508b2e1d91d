import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  ApiError,
  asProblem,
  hasCode,
  isSignedOut,
  problemOf,
  UnreachableError,
  wordsFor,
  wordsForCode,
} from "../../src/api/problems";

interface Operation {
  responses: Record<string, { description: string }>;
}
type Paths = Record<string, Record<string, Operation>>;

const { paths } = JSON.parse(readFileSync("../backend/openapi.json", "utf8")) as { paths: Paths };

/** The operations the app calls: those its queries name, and the upload, which goes a way of its own. */
function called(): Operation[] {
  const source = readFileSync("src/api/queries.ts", "utf8");
  const named = [...source.matchAll(/api\.([A-Z]+)\("([^"]+)"/g)].map(([, method, path]) => [method, path]);
  const all = [...named, ["POST", "/api/v1/sessions/{session_id}/captures"]];
  return all.map(([method = "", path = ""]) => {
    const operation = paths[path]?.[method.toLowerCase()];
    if (!operation) throw new Error(`the backend has no ${method} ${path}`);
    return operation;
  });
}

function codesOf({ responses }: Operation): string[] {
  const refusals = Object.entries(responses).filter(([status]) => status >= "400");
  return refusals.flatMap(([, { description }]) =>
    [...description.matchAll(/`([A-Z_]+)`/g)].map(([, code = ""]) => code),
  );
}

const TOLD_BY_THE_BACKEND = [...new Set(called().flatMap(codesOf))].sort();
/** Those the OpenAPI names at none; and those a photo can fail with later. */
const TOLD_BY_NONE = ["REQUEST_TOO_LARGE"];
const LATER = ["ML_ANSWER_INVALID", "MODEL_MISMATCH"];

describe("every code the backend can answer with", () => {
  it("is found in its OpenAPI", () => {
    expect(called().length).toBeGreaterThan(10);
    expect(TOLD_BY_THE_BACKEND).toEqual(
      expect.arrayContaining(["INVALID_FORMAT", "NOT_FOUND", "VERSION_CONFLICT"]),
    );
  });

  it.each([...TOLD_BY_THE_BACKEND, ...TOLD_BY_NONE, ...LATER, "UNEXPECTED_ANSWER"])(
    "%s has words of its own",
    (code) => {
      const words = wordsForCode(code);
      expect(words).not.toContain(code);
      expect(words).toMatch(/^[A-Z].*\.$/s);
    },
  );

  it("but none of ours can be named with the report that finds it in the logs", () => {
    expect(wordsForCode("SOMETHING_NEW", "req-9")).toBe("This didn't work (SOMETHING_NEW, report req-9).");
    expect(wordsForCode("SOMETHING_NEW")).toBe("This didn't work (SOMETHING_NEW).");
  });
});

describe("what was thrown, in words", () => {
  it("tells a device without a network from a server that is silent", () => {
    expect(wordsFor(new UnreachableError())).toBe("The school's server doesn't answer.");
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    expect(wordsFor(new UnreachableError())).toBe("This device is offline.");
  });

  it("says of a refusal what the backend said of it", () => {
    const refused = new ApiError(409, { error_code: "SESSION_NOT_OPEN" });
    expect(wordsFor(refused)).toBe(wordsForCode("SESSION_NOT_OPEN"));
  });

  it("shows nobody the insides of a defect", () => {
    expect(wordsFor(new TypeError("x is undefined"))).not.toContain("undefined");
  });
});

describe("the problem in an answer", () => {
  it("is read from its document", async () => {
    const told = { error_code: "NOT_FOUND", title: "There is nothing here", request_id: "req-3" };
    expect(await problemOf(new Response(JSON.stringify(told), { status: 404 }))).toEqual(told);
  });

  it("is a stand-in whatever else stands there", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { error_code } = asProblem(text);
        expect(typeof error_code).toBe("string");
      }),
    );
    expect(asProblem("<html>").error_code).toBe("UNEXPECTED_ANSWER");
    expect(asProblem("null").error_code).toBe("UNEXPECTED_ANSWER");
    expect(asProblem('{"error_code": 7}').error_code).toBe("UNEXPECTED_ANSWER");
  });
});

it("one code is told from another", () => {
  const error = new ApiError(404, { error_code: "NOT_FOUND" });
  expect([hasCode(error, "NOT_FOUND"), hasCode(error, "PHOTO_GONE")]).toEqual([true, false]);
  expect(hasCode(new Error("NOT_FOUND"), "NOT_FOUND")).toBe(false);
});

it("only a missing sign-in is one", () => {
  expect(isSignedOut(new ApiError(401, { error_code: "NOT_SIGNED_IN" }))).toBe(true);
  expect(isSignedOut(new ApiError(403, { error_code: "PERMISSION_DENIED" }))).toBe(false);
  expect(isSignedOut(new UnreachableError())).toBe(false);
});
