import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { api, dataOf, newKey } from "../../src/api/client";
import { connection } from "../../src/api/connection";
import { ApiError, UnreachableError } from "../../src/api/problems";
import { eachWithBackend, jsonOf, ok, page, problem } from "../backend";
import { CLOSED, TEACHER } from "../school";

const backend = eachWithBackend();
const ME = "GET /api/v1/me";
const CLOSE = "POST /api/v1/sessions/session-1/close";

function askWhoIAm(signal?: AbortSignal) {
  return dataOf(api.GET("/api/v1/me", signal ? { signal } : {}));
}

function close(headers?: Record<string, string>) {
  const params = { path: { session_id: "session-1" } };
  return dataOf(api.POST("/api/v1/sessions/{session_id}/close", { params, headers: headers ?? {} }));
}

function afterwards(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "nothing thrown",
    (error: unknown) => error,
  );
}

describe("an answer", () => {
  it("is given out as data", async () => {
    backend.current.when(ME, ok(TEACHER));
    expect(await askWhoIAm()).toEqual(TEACHER);
  });

  it("that says no is thrown with its status and its problem", async () => {
    backend.current.when(ME, problem(401, "NOT_SIGNED_IN", "req-7"));
    const thrown = (await afterwards(askWhoIAm())) as ApiError;
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown.status).toBe(401);
    expect(thrown.problem).toMatchObject({ error_code: "NOT_SIGNED_IN", request_id: "req-7" });
  });

  it("that is no problem document of ours is told from one that is", async () => {
    backend.current.when(ME, page(502));
    const thrown = (await afterwards(askWhoIAm())) as ApiError;
    expect([thrown.status, thrown.problem.error_code]).toEqual([502, "UNEXPECTED_ANSWER"]);
  });

  it("even a bad one shows that the backend can be reached", async () => {
    connection.lost();
    backend.current.when(ME, problem(500, "INTERNAL_ERROR"));
    await afterwards(askWhoIAm());
    expect(connection.reach()).toBe("online");
  });
});

describe("silence", () => {
  it("is an error of its own, and remembered", async () => {
    await backend.current.stop();
    expect(await afterwards(askWhoIAm())).toBeInstanceOf(UnreachableError);
    expect(connection.reach()).toBe("unreachable");
    connection.reached();
  });

  it("that we asked for ourselves says nothing about the backend", async () => {
    const leaving = new AbortController();
    backend.current.when(ME, () => {
      leaving.abort();
      return ok(TEACHER);
    });
    const thrown = await afterwards(askWhoIAm(leaving.signal));
    expect(thrown).not.toBeInstanceOf(UnreachableError);
    expect(thrown).toMatchObject({ name: "AbortError" });
    expect(connection.reach()).toBe("online");
  });
});

describe("a write", () => {
  it("carries a key, so that it can be repeated", async () => {
    backend.current.when(CLOSE, ok({ session: CLOSED, records: 1 }));
    await close();
    await close();
    const keys = backend.current.askedFor(CLOSE).map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it("keeps the key it was given", async () => {
    backend.current.when(CLOSE, ok({ session: CLOSED, records: 1 }));
    await close({ "Idempotency-Key": "the-same-again" });
    expect(backend.current.askedFor(CLOSE)[0]?.headers["idempotency-key"]).toBe("the-same-again");
  });

  it("sends what it was given as JSON", async () => {
    const given = { email: TEACHER.email, password: "a long enough password" };
    backend.current.when("POST /api/v1/auth/browser", ok(TEACHER));
    await api.POST("/api/v1/auth/browser", { body: given });
    expect(jsonOf(backend.current.askedFor("POST /api/v1/auth/browser")[0])).toEqual(given);
  });
});

it("a read carries no key", async () => {
  backend.current.when(ME, ok(TEACHER));
  await askWhoIAm();
  expect(backend.current.askedFor(ME)[0]?.headers["idempotency-key"]).toBeUndefined();
});

it("no two keys are the same", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 200 }), (count) => {
      const keys = Array.from({ length: count }, newKey);
      expect(new Set(keys).size).toBe(count);
      expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
    }),
    { numRuns: 20 },
  );
});
