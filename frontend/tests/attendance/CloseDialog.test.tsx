import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Register } from "../../src/api/queries";
import { CloseDialog, namesOf } from "../../src/attendance/CloseDialog";
import { eachWithBackend, ok, problem } from "../backend";
import { CLOSE } from "../lesson";
import { show } from "../page";
import { capture, CLOSED, register, student } from "../school";

const backend = eachWithBackend();
const CLASS = [
  student("Grace", { status: "present" }),
  student("Joe", { status: "late" }),
  student("Barack", { proposal: "uncertain" }),
  student("Eileen"),
];

function openDialog(told: Register, unsent = 0) {
  const done = vi.fn();
  return { done, ...show(<CloseDialog register={told} unsent={unsent} opened onDone={done} />) };
}

async function said(): Promise<string> {
  return (await screen.findByRole("dialog", { name: "Close the session?" })).textContent;
}

describe("names in a sentence", () => {
  const many = ["A", "B", "C", "D", "E", "F", "G", "H"].map((name) => student(name));

  it("are all there while they are few", () => {
    expect(namesOf(many.slice(0, 1))).toBe("A");
    expect(namesOf(many.slice(0, 6))).toBe("A, B, C, D, E, F");
  });

  it("are cut short where they are many, and none is lost count of", () => {
    expect(namesOf(many.slice(0, 7))).toBe("A, B, C, D, E, F and 1 more");
    expect(namesOf(many)).toBe("A, B, C, D, E, F and 2 more");
  });
});

describe("the last look before closing", () => {
  it("says who is here and who will be absent", async () => {
    openDialog(register(CLASS));
    expect(await said()).toContain("2 of 4 are here");
    expect(await said()).toContain("2 will be written down as absent: Barack, Eileen.");
  });

  it("warns of those who were perhaps seen", async () => {
    openDialog(register(CLASS));
    expect(await said()).toContain("Barack was perhaps seen. Confirm first");
  });

  it("counts the photos that will come too late, here and at the server", async () => {
    const { unmount } = openDialog(register([], [capture([], { state: "received" })]), 1);
    expect(await said()).toContain("2 photos are not recognised yet");
    unmount();
    openDialog(register([]), 1);
    expect(await said()).toContain("A photo is not recognised yet");
  });

  it("has nothing to warn of where all is clear", async () => {
    openDialog(register(CLASS.slice(0, 2), [capture()]));
    expect(await said()).not.toMatch(/absent|perhaps|not recognised/);
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("closing", () => {
  it("closes the register that was looked at, and no later one", async () => {
    backend.current.when(CLOSE, ok({ session: CLOSED, records: 4 }));
    const { user, done } = openDialog(register(CLASS));
    await user.click(await screen.findByRole("button", { name: "Close it" }));
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(backend.current.askedFor(CLOSE)[0]?.headers["if-match"]).toBe('"3"');
  });

  it("a register that somebody changed meanwhile is told, and not done", async () => {
    backend.current.when(CLOSE, problem(412, "VERSION_CONFLICT"));
    const { user, done } = openDialog(register(CLASS));
    await user.click(await screen.findByRole("button", { name: "Close it" }));
    expect(await screen.findByText(/Somebody changed this register meanwhile/)).toBeTruthy();
    expect(done).not.toHaveBeenCalled();
  });

  it("can be put off", async () => {
    const { user, done } = openDialog(register(CLASS));
    await user.click(await screen.findByRole("button", { name: "Not yet" }));
    expect(done).toHaveBeenCalledOnce();
    expect(backend.current.askedFor(CLOSE)).toEqual([]);
  });
});
