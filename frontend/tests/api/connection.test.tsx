import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connection, useReach } from "../../src/api/connection";

const A_WHILE_MS = 3_000;

function Told() {
  return <output>{useReach()}</output>;
}

function shown(): string | null {
  return screen.getByRole("status").textContent;
}

/** The network's edge: what `fetch` comes to, changed as the story goes on. */
const network = { answers: true };

beforeEach(() => {
  vi.useFakeTimers();
  network.answers = true;
  vi.stubGlobal(
    "fetch",
    vi.fn(() =>
      network.answers ? Promise.resolve(new Response("{}")) : Promise.reject(new TypeError("refused")),
    ),
  );
});

afterEach(() => connection.reached());

describe("a backend that falls silent", () => {
  it("is told to whoever watches, and told again when it is back", async () => {
    render(<Told />);
    expect(shown()).toBe("online");
    network.answers = false;
    act(() => connection.lost());
    expect(shown()).toBe("unreachable");
    network.answers = true;
    await act(() => vi.advanceTimersByTimeAsync(A_WHILE_MS));
    expect(shown()).toBe("online");
  });

  it("is looked for again and again, by its own address of health", async () => {
    network.answers = false;
    connection.lost();
    await vi.advanceTimersByTimeAsync(3 * A_WHILE_MS);
    expect(connection.reach()).toBe("unreachable");
    const looks = vi.mocked(fetch).mock.calls.map(([address]) => address);
    expect(looks).toEqual(["/health/live", "/health/live", "/health/live"]);
  });

  it("is looked for once at a time, however many requests it let down", async () => {
    network.answers = false;
    for (let request = 0; request < 5; request += 1) connection.lost();
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("is not looked for any more once somebody has reached it", async () => {
    connection.lost();
    connection.reached();
    await vi.advanceTimersByTimeAsync(3 * A_WHILE_MS);
    expect(fetch).not.toHaveBeenCalled();
  });

  it("is given up for this look when it accepts the call and never answers", async () => {
    // happy-dom's own clock is not the one that runs ahead in this test.
    vi.spyOn(AbortSignal, "timeout").mockImplementation((patience) => {
      const giveUp = new AbortController();
      setTimeout(() => giveUp.abort(), patience);
      return giveUp.signal;
    });
    const looks: (AbortSignal | null | undefined)[] = [];
    vi.stubGlobal("fetch", (_address: string, { signal }: RequestInit) => {
      looks.push(signal);
      return new Promise((_answer, fail) =>
        signal?.addEventListener("abort", () => fail(signal.reason as Error)),
      );
    });
    connection.lost();
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    expect(looks).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(4 * A_WHILE_MS);
    expect(looks.length).toBeGreaterThan(1);
  });
});

describe("a device without a network", () => {
  const online = () => vi.spyOn(navigator, "onLine", "get");

  async function goOffline(): Promise<void> {
    online().mockReturnValue(false);
    await act(() => Promise.resolve(window.dispatchEvent(new Event("offline"))));
  }

  it("is told apart from a silent backend, as soon as nobody answers", async () => {
    render(<Told />);
    network.answers = false;
    await goOffline();
    expect(shown()).toBe("offline");
  });

  it("is told to be back as soon as it is", async () => {
    render(<Told />);
    network.answers = false;
    await goOffline();
    network.answers = true;
    online().mockReturnValue(true);
    await act(() => Promise.resolve(window.dispatchEvent(new Event("online"))));
    expect(shown()).toBe("online");
  });

  it("still reaches a backend of its own", async () => {
    render(<Told />);
    await goOffline();
    await act(() => vi.advanceTimersByTimeAsync(A_WHILE_MS));
    expect(shown()).toBe("online");
  });

  it("is watched by nobody who has left", async () => {
    const { unmount } = render(<Told />);
    unmount();
    await goOffline();
    expect(fetch).not.toHaveBeenCalled();
  });
});
