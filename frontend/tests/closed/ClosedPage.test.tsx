import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { keepPhoto, waitingPhotos } from "../../src/photos/outbox";
import { eachWithBackend, ok, problem } from "../backend";
import { CAPTURES, Lesson, PAGE, REOPEN } from "../lesson";
import { open } from "../page";
import { capture, CLOSED, register, SESSION, student, TEACHER } from "../school";

const backend = eachWithBackend();
const RECORDS = [
  student("Grace", { status: "present", source: "face" }),
  student("Barack", { status: "late", source: "manual", reason: "bus was late" }),
  student("Joe", { status: "absent", source: "close" }),
  student("Eileen", { status: "excused", source: "manual" }),
  student("Ann", { status: "absent", source: "close" }),
];

let lesson: Lesson;
beforeEach(() => {
  lesson = new Lesson(backend.current, register(RECORDS, [], { session: CLOSED }));
});

async function openPage() {
  const opened = open(PAGE);
  await screen.findByRole("heading", { name: /Session closed/ });
  return opened;
}

function totals(): Record<string, string> {
  const words = screen.getAllByRole("term").map(({ textContent }) => textContent.trim());
  const numbers = screen.getAllByRole("definition").map(({ textContent }) => textContent);
  return Object.fromEntries(words.map((word, place) => [word, numbers[place] ?? ""]));
}

describe("a closed register", () => {
  it("says when it was closed, by the institution's clock", async () => {
    await openPage();
    expect(screen.getByRole("heading", { name: /Session closed at 11:00/ })).toBeTruthy();
  });

  it("counts every status", async () => {
    await openPage();
    expect(totals()).toEqual({ Present: "1", Late: "1", Absent: "2", Excused: "1" });
  });

  it("stands in the order in which somebody may have to ask, each with reason and source", async () => {
    await openPage();
    const records = within(screen.getByRole("region", { name: /Register/ })).getAllByRole("listitem");
    expect(records.map(({ textContent }) => textContent)).toEqual([
      expect.stringMatching(/Ann.*Absent/),
      expect.stringMatching(/Joe.*not seen until the end.*Absent/),
      expect.stringMatching(/Eileen.*marked by hand.*Excused/),
      expect.stringMatching(/Barack.*bus was late · marked by hand.*Late/),
      expect.stringMatching(/Grace.*from the photo.*Present/),
    ]);
  });

  it("can be taken away as a file", async () => {
    await openPage();
    const file = screen.getByRole<HTMLAnchorElement>("link", { name: "Download CSV" });
    expect(file.pathname).toBe("/api/v1/sessions/session-1/export.csv");
    expect(file.hasAttribute("download")).toBe(true);
  });

  it("tells of a photo that came too late for it", async () => {
    lesson.photo(capture([], { state: "received" }));
    await openPage();
    expect((await screen.findByRole("alert")).textContent).toContain("A photo was not recognised in time");
  });
});

describe("a photo that was not sent before the session was closed", () => {
  const leaveBehind = () => keepPhoto(TEACHER.id, SESSION.id, new Blob(["a photo"], { type: "image/jpeg" }));
  const told = () => screen.findByText("A photo on this device was never sent");

  it("is told, and sent once the session is open again", async () => {
    await leaveBehind();
    const { user } = await openPage();
    await told();
    const recognised = capture();
    backend.current.when(CAPTURES, () => {
      lesson.photo(recognised);
      return ok(recognised);
    });
    backend.current.when(REOPEN, () => {
      lesson.becomes({ session: SESSION });
      return ok(SESSION);
    });
    await user.click(screen.getByRole("button", { name: "Reopen" }));
    expect(await screen.findByRole("button", { name: "Photo 1: recognised" })).toBeTruthy();
  });

  it("can be deleted, which is all there is to do once the session is locked", async () => {
    lesson.becomes({ session: { ...CLOSED, state: "locked" } });
    await leaveBehind();
    const { user } = await openPage();
    await told();
    expect(screen.getByText(/closed for good: nothing more can be sent/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Delete it from this device" }));
    await waitFor(() => expect(screen.queryByText(/never sent/)).toBeNull());
    expect(await waitingPhotos(TEACHER.id)).toEqual([]);
  });

  it("of somebody else is told to nobody", async () => {
    await keepPhoto("teacher-2", SESSION.id, new Blob(["theirs"]));
    await openPage();
    expect(screen.queryByText(/never sent/)).toBeNull();
  });
});

describe("reopening", () => {
  it("leads back to taking attendance", async () => {
    backend.current.when(REOPEN, () => {
      lesson.becomes({ session: SESSION });
      return ok(SESSION);
    });
    const { user } = await openPage();
    await user.click(screen.getByRole("button", { name: "Reopen" }));
    expect(await screen.findByRole("button", { name: "Take a photo" })).toBeTruthy();
  });

  it("that comes too late is told", async () => {
    backend.current.when(REOPEN, problem(409, "SESSION_LOCKED"));
    const { user } = await openPage();
    await user.click(screen.getByRole("button", { name: "Reopen" }));
    expect((await screen.findByRole("alert")).textContent).toContain("closed too long ago");
  });

  it("is not offered for a register that is locked", async () => {
    lesson.becomes({ session: { ...CLOSED, state: "locked" } });
    await openPage();
    expect(screen.getByText(/Closed for good/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Reopen" })).toBeNull();
  });
});
