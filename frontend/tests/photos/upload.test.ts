import { describe, expect, it, vi } from "vitest";
import { connection } from "../../src/api/connection";
import { ApiError, UnreachableError } from "../../src/api/problems";
import type { WaitingPhoto } from "../../src/photos/outbox";
import { upload } from "../../src/photos/upload";
import { eachWithBackend, ok, page, problem } from "../backend";
import { capture } from "../school";

const backend = eachWithBackend();
const CAPTURES = "POST /api/v1/sessions/session-1/captures";

function waiting(photo: Blob): WaitingPhoto {
  return { key: "key-1", sessionId: "session-1", userId: "teacher-1", photo, takenAt: 0 };
}

const PHOTO = waiting(new Blob(["light and shadow"], { type: "image/jpeg" }));

function send(photo = PHOTO): Promise<unknown> {
  return upload(photo, () => undefined).catch((error: unknown) => error);
}

describe("a photo", () => {
  it("arrives as it is, under its key", async () => {
    backend.current.when(CAPTURES, ok(capture()));
    expect(await send()).toEqual(capture());
    const [asked] = backend.current.askedFor(CAPTURES);
    expect(asked?.body.toString()).toBe("light and shadow");
    expect(asked?.headers).toMatchObject({ "content-type": "image/jpeg", "idempotency-key": "key-1" });
  });

  it.each([
    ["IMG_0001.HEIC", "image/heic"],
    ["IMG_0001.heif", "image/heif"],
    ["notes", "application/octet-stream"],
  ])("named %s and of no type is sent as %s", async (name, type) => {
    backend.current.when(CAPTURES, ok(capture()));
    await send(waiting(new File(["?"], name)));
    expect(backend.current.askedFor(CAPTURES)[0]?.headers["content-type"]).toBe(type);
  });

  it("tells how far it has come", async () => {
    const parts: number[] = [];
    // happy-dom sends everything at once and tells nothing on the way.
    vi.spyOn(XMLHttpRequest.prototype, "send").mockImplementation(function (this: XMLHttpRequest) {
      for (const [loaded, total] of [
        [25, 100],
        [100, 100],
        [7, 0],
      ] as const) {
        this.upload.dispatchEvent(new ProgressEvent("progress", { loaded, total }));
      }
      this.dispatchEvent(new ProgressEvent("error"));
    });
    await upload(PHOTO, (part) => parts.push(part)).catch(() => undefined);
    expect(parts).toEqual([0.25, 1, 0]);
    connection.reached();
  });

  it("that is kept for later is an answer like any other", async () => {
    backend.current.when(CAPTURES, { status: 202, body: capture([], { state: "received" }) });
    expect(await send()).toMatchObject({ state: "received" });
  });
});

describe("a refusal", () => {
  it("needs nobody to be asked for a file with nothing in it", async () => {
    const thrown = (await send(waiting(new File([], "class.jpg", { type: "image/jpeg" })))) as ApiError;
    expect(thrown.problem.error_code).toBe("INVALID_IMAGE");
    expect(backend.current.askedFor(CAPTURES)).toEqual([]);
  });

  it("is told with its problem", async () => {
    backend.current.when(CAPTURES, problem(415, "INVALID_FORMAT"));
    const thrown = (await send()) as ApiError;
    expect(thrown).toBeInstanceOf(ApiError);
    expect([thrown.status, thrown.problem.error_code]).toEqual([415, "INVALID_FORMAT"]);
  });

  it.each([200, 403, 413])(
    "with %i from something that is not the backend is told as such",
    async (status) => {
      backend.current.when(CAPTURES, page(status));
      expect(await send()).toMatchObject({ status, problem: { error_code: "UNEXPECTED_ANSWER" } });
    },
  );

  it("shows that the backend can be reached", async () => {
    connection.lost();
    backend.current.when(CAPTURES, problem(503, "DATABASE_UNAVAILABLE"));
    await send();
    expect(connection.reach()).toBe("online");
  });
});

it("silence is told as such", async () => {
  await backend.current.stop();
  expect(await send()).toBeInstanceOf(UnreachableError);
  expect(connection.reach()).toBe("unreachable");
  connection.reached();
});

describe("a connection over which nothing moves any more", () => {
  it("is given up after half a minute, and the photo can be sent again", async () => {
    vi.useFakeTimers();
    try {
      // Says nothing, for ever: what a phone meets that has left the building.
      vi.spyOn(XMLHttpRequest.prototype, "send").mockImplementation(() => undefined);
      const abort = vi.spyOn(XMLHttpRequest.prototype, "abort").mockImplementation(function (
        this: XMLHttpRequest,
      ) {
        this.dispatchEvent(new ProgressEvent("abort"));
      });
      const sent = send();
      await vi.advanceTimersByTimeAsync(29_999);
      expect(abort).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(await sent).toBeInstanceOf(UnreachableError);
    } finally {
      vi.useRealTimers();
      connection.reached();
    }
  });
});
