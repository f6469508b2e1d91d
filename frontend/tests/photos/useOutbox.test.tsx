import { QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { connection } from "../../src/api/connection";
import { makeQueryClient, photoOf } from "../../src/api/queries";
import { keepPhoto, waitingPhotos } from "../../src/photos/outbox";
import { useOutbox } from "../../src/photos/useOutbox";
import { type Answer, eachWithBackend, ok, page, problem } from "../backend";
import { capture } from "../school";

const backend = eachWithBackend();
const CAPTURES = "POST /api/v1/sessions/session-1/captures";
const TEACHER = "teacher-1";
const A_REST_MS = 4_000;

function photo(content = "a photo", type = "image/jpeg"): Blob {
  return new Blob([content], { type });
}

function openOutbox(userId = TEACHER) {
  const client = makeQueryClient();
  const sent = vi.fn();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result, unmount } = renderHook(() => useOutbox(userId, "session-1", sent), { wrapper });
  return { outbox: result, client, sent, unmount };
}

function tries(): number {
  return backend.current.askedFor(CAPTURES).length;
}

function keysSent(): unknown[] {
  return backend.current.askedFor(CAPTURES).map(({ headers }) => headers["idempotency-key"]);
}

/** What the backend answers, one after the other; the last again and again. */
function answersInTurn(...answers: Answer[]): void {
  let turn = 0;
  backend.current.when(CAPTURES, () => {
    const answer = answers[Math.min(turn, answers.length - 1)];
    turn += 1;
    return answer ?? ok(capture());
  });
}

async function nothingWaits(): Promise<void> {
  await waitFor(async () => expect(await waitingPhotos(TEACHER)).toEqual([]));
}

beforeEach(() => {
  // The clock goes on by itself, and a test can put it forward.
  vi.useFakeTimers({
    shouldAdvanceTime: true,
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"],
  });
  connection.reached();
});

describe("a photo that is added", () => {
  it("is sent, shown from memory, and then kept on the device no longer", async () => {
    backend.current.when(CAPTURES, ok(capture([], { id: "capture-9" })));
    const { outbox, client, sent } = openOutbox();
    await act(() => outbox.current.add([photo()]));
    await waitFor(() => expect(sent).toHaveBeenCalledWith("capture-9"));
    await nothingWaits();
    await waitFor(() => expect(outbox.current).toMatchObject({ waiting: [], sending: null, refused: [] }));
    expect(await client.getQueryData<Blob>(photoOf("capture-9").queryKey)?.text()).toBe("a photo");
  });

  it.each([
    ["in a format browsers don't show", photo("a photo", "image/heic")],
    ["that is HEIC under another name", photo("\0\0\0\x18ftypheic", "image/jpeg")],
  ])("%s is fetched as the backend shows it", async (_, unseen) => {
    backend.current.when(CAPTURES, ok(capture()));
    const { outbox, client, sent } = openOutbox();
    await act(() => outbox.current.add([unseen]));
    await waitFor(() => expect(sent).toHaveBeenCalled());
    expect(client.getQueryData(photoOf("capture-1").queryKey)).toBeUndefined();
  });

  it("waits its turn: one is sent after the other, each once", async () => {
    let atOnce = 0;
    let most = 0;
    backend.current.when(CAPTURES, async () => {
      most = Math.max(most, ++atOnce);
      await new Promise(setImmediate);
      atOnce -= 1;
      return ok(capture());
    });
    const { outbox } = openOutbox();
    await act(() => outbox.current.add([photo("one"), photo("two"), photo("three")]));
    await nothingWaits();
    expect(new Set(backend.current.askedFor(CAPTURES).map(({ body }) => body.toString()))).toEqual(
      new Set(["one", "two", "three"]),
    );
    expect([tries(), most]).toEqual([3, 1]);
  });

  it("is told to be under way while it is", async () => {
    let answer: (given: Answer) => void = () => undefined;
    backend.current.when(CAPTURES, () => new Promise((given) => (answer = given)));
    const { outbox } = openOutbox();
    await act(() => outbox.current.add([photo()]));
    await waitFor(() =>
      expect(outbox.current.sending).toEqual({ key: outbox.current.waiting[0]?.key, part: 0 }),
    );
    await waitFor(() => expect(tries()).toBe(1));
    answer(ok(capture()));
    await waitFor(() => expect(outbox.current.sending).toBeNull());
  });
});

describe("photos of before", () => {
  it("are sent when the page is opened again, under the keys they had", async () => {
    const kept = await keepPhoto(TEACHER, "session-1", photo());
    backend.current.when(CAPTURES, ok(capture()));
    openOutbox();
    await nothingWaits();
    expect(keysSent()).toEqual([kept.key]);
  });

  it("of somebody else stay where they are, unsent", async () => {
    await keepPhoto("teacher-2", "session-1", photo("theirs"));
    backend.current.when(CAPTURES, ok(capture()));
    const { outbox, sent } = openOutbox();
    await act(() => outbox.current.add([photo("mine")]));
    await waitFor(() => expect(sent).toHaveBeenCalledOnce());
    expect(backend.current.askedFor(CAPTURES).map(({ body }) => body.toString())).toEqual(["mine"]);
    expect(await waitingPhotos("teacher-2")).toHaveLength(1);
  });
});

describe("a photo the backend can't use", () => {
  async function refusedBy(answer: Answer) {
    backend.current.when(CAPTURES, answer);
    const opened = openOutbox();
    await act(() => opened.outbox.current.add([photo()]));
    await waitFor(() => expect(opened.outbox.current.refused).toHaveLength(1));
    return opened;
  }

  it("is told with the reason and not sent again", async () => {
    const { outbox, sent } = await refusedBy(problem(415, "INVALID_FORMAT"));
    expect(outbox.current.refused[0]?.error.problem.error_code).toBe("INVALID_FORMAT");
    await act(() => vi.advanceTimersByTimeAsync(2 * A_REST_MS));
    expect(tries()).toBe(1);
    expect(sent).not.toHaveBeenCalled();
    expect(await waitingPhotos(TEACHER)).toEqual([]);
  });

  it("is told until it is dismissed", async () => {
    const { outbox } = await refusedBy(problem(422, "INVALID_IMAGE"));
    const key = outbox.current.refused[0]?.key ?? "";
    act(() => outbox.current.dismiss("another key"));
    expect(outbox.current.refused).toHaveLength(1);
    act(() => outbox.current.dismiss(key));
    expect(outbox.current.refused).toEqual([]);
  });

  it("does not hold up the next one", async () => {
    answersInTurn(problem(413, "IMAGE_TOO_LARGE"), ok(capture()));
    const { outbox, sent } = openOutbox();
    await act(() => outbox.current.add([photo("one"), photo("two")]));
    await waitFor(() => expect(sent).toHaveBeenCalledOnce());
    await waitFor(() => expect(outbox.current.refused).toHaveLength(1));
  });
});

describe.each([
  ["busy", problem(503, "OVERLOADED")],
  ["broken", problem(500, "INTERNAL_ERROR")],
  ["asked too often", problem(429, "TOO_MANY_REQUESTS")],
  ["hidden behind another's page", page(403)],
  ["hidden behind a network's welcome", page(200)],
  ["told by a stranger to sign in", problem(401, "NOT_SIGNED_IN")],
  ["done with the session for now", problem(409, "SESSION_NOT_OPEN")],
])("a server that is %s", (_, answer) => {
  it("is left in peace for a while, and then given the same photo under the same key", async () => {
    answersInTurn(answer, ok(capture()));
    const { outbox, sent } = openOutbox();
    await act(() => outbox.current.add([photo()]));
    await waitFor(() => expect(tries()).toBe(1));
    await act(() => vi.advanceTimersByTimeAsync(A_REST_MS / 2));
    expect([tries(), outbox.current.waiting.length]).toEqual([1, 1]);
    await act(() => vi.advanceTimersByTimeAsync(A_REST_MS));
    await waitFor(() => expect(sent).toHaveBeenCalledOnce());
    expect(new Set(keysSent()).size).toBe(1);
    expect(outbox.current.refused).toEqual([]);
  });
});

describe("without a network", () => {
  it("a photo is kept, and sent as soon as the device is online", async () => {
    await backend.current.stop();
    backend.current.when(CAPTURES, ok(capture()));
    const { outbox, sent } = openOutbox();
    act(() => void window.dispatchEvent(new Event("offline")));
    await waitFor(() => expect(connection.reach()).toBe("unreachable"));
    await act(() => outbox.current.add([photo()]));
    await waitFor(() => expect(outbox.current.waiting).toHaveLength(1));
    await act(() => vi.advanceTimersByTimeAsync(3 * A_REST_MS));
    expect([tries(), outbox.current.sending]).toEqual([0, null]);
    await backend.current.start();
    act(() => void window.dispatchEvent(new Event("online")));
    await waitFor(() => expect(sent).toHaveBeenCalledOnce());
  });

  it("a photo outlives the server it was on its way to", async () => {
    await backend.current.stop();
    const { outbox, sent } = openOutbox();
    await act(() => outbox.current.add([photo()]));
    await waitFor(() => expect(connection.reach()).toBe("unreachable"));
    expect(await waitingPhotos(TEACHER)).toHaveLength(1);
    backend.current.when(CAPTURES, ok(capture()));
    await backend.current.start();
    await act(() => vi.advanceTimersByTimeAsync(2 * A_REST_MS));
    await waitFor(() => expect(sent).toHaveBeenCalledOnce());
    await nothingWaits();
  });
});
