import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Overview, Subject } from "../../src/api/queries";
import { keepPhoto } from "../../src/photos/outbox";
import { type Answer, type Asked, eachWithBackend, jsonOf, ok, problem } from "../backend";
import { Lesson } from "../lesson";
import { open } from "../page";
import { CLOSED, overview, register, SESSION, student, SUBJECT, TEACHER } from "../school";

const backend = eachWithBackend();
const OVERVIEW = "GET /api/v1/sessions/overview";
const SUBJECTS = "GET /api/v1/subjects";
const START = "POST /api/v1/sessions";
const CHEMISTRY: Subject = { ...SUBJECT, id: "subject-2", code: "CHE-9", name: "Chemistry" };

function list(items: unknown[]): Answer {
  return ok({ items, next_cursor: null });
}

function day(sessions: Overview[], subjects: Subject[] = [SUBJECT]): void {
  backend.current.when(OVERVIEW, list(sessions));
  backend.current.when(SUBJECTS, list(subjects));
}

beforeEach(() => {
  new Lesson(backend.current, register([student("Grace")]));
  day([]);
});

describe("the day's sessions", () => {
  it("are shown with what is next to do, under the institution's own date", async () => {
    day([overview({ present: 4 }), overview({ session: { ...CLOSED, id: "session-2", period: 1 } })]);
    open("/");
    const next = await screen.findByRole("link", { name: /Period 2.*4 of 10 here.*Take attendance/s });
    expect(next.getAttribute("href")).toBe("/sessions/session-1");
    expect(screen.getByRole("link", { name: /Period 1.*Closed 11:00.*Register/s })).toBeTruthy();
    expect(screen.getByText(/23.*2026|2026.*23/)).toBeTruthy();
  });

  it("begin anew at midnight, on a page that was left open", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    open("/");
    await screen.findByText(/23.*2026|2026.*23/);
    const tomorrow = { ...TEACHER.institution, today: "2026-11-24" };
    backend.current.when("GET /api/v1/me", ok({ ...TEACHER, institution: tomorrow }));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await screen.findByText(/24.*2026|2026.*24/)).toBeTruthy();
  });

  it("are read to the last page", async () => {
    const second = overview({ session: { ...SESSION, id: "session-2", period: 9 } });
    backend.current.when(OVERVIEW, ({ query }: Asked) =>
      query.get("cursor") === "more" ? list([second]) : ok({ items: [overview()], next_cursor: "more" }),
    );
    open("/");
    expect(await screen.findByRole("link", { name: /Period 9/ })).toBeTruthy();
    expect(screen.getByRole("link", { name: /Period 2/ })).toBeTruthy();
  });

  it("stand in the order of the day, whenever they were opened", async () => {
    const at = (period: number, name: string) =>
      overview({
        session: { ...SESSION, id: `session-${period}-${name}`, period },
        subject: { id: SUBJECT.id, code: SUBJECT.code, name },
      });
    day([at(3, "Physics"), at(1, "Physics"), at(2, "Physics"), at(1, "Chemistry")]);
    open("/");
    await screen.findByRole("link", { name: /Period 3/ });
    const cards = within(screen.getByRole("region", { name: "Sessions" })).getAllByRole("listitem");
    expect(cards.map(({ textContent }) => /^(\d)(Physics|Chemistry)/.exec(textContent)?.slice(1))).toEqual([
      ["1", "Chemistry"],
      ["1", "Physics"],
      ["2", "Physics"],
      ["3", "Physics"],
    ]);
  });

  it("are told to be none", async () => {
    open("/");
    expect(await screen.findByText("No session yet today")).toBeTruthy();
  });

  it("that can't be read are told so, and read again when asked", async () => {
    backend.current.when(OVERVIEW, problem(503, "DATABASE_UNAVAILABLE"));
    const { user } = open("/");
    const told = await screen.findByRole("alert");
    expect(told.textContent).toContain("The register can't be reached just now");
    day([overview()]);
    await user.click(within(told).getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("link", { name: /Period 2/ })).toBeTruthy();
  });

  it("are told to be on their way until they are there", async () => {
    let answer: (given: Answer) => void = () => undefined;
    backend.current.when(OVERVIEW, () => new Promise((given) => (answer = given)));
    open("/");
    expect(await screen.findByRole("status", { name: "Loading today's sessions" })).toBeTruthy();
    await waitFor(() => expect(backend.current.askedFor(OVERVIEW)).toHaveLength(1));
    answer(list([overview()]));
    expect(await screen.findByRole("link", { name: /Period 2/ })).toBeTruthy();
    expect(screen.queryByRole("status", { name: "Loading today's sessions" })).toBeNull();
  });
});

describe("photos that never left this device", () => {
  const photo = new Blob(["light and shadow"], { type: "image/jpeg" });

  it("are told with the sessions to open, and lead there", async () => {
    day([overview()]);
    await keepPhoto(TEACHER.id, SESSION.id, photo);
    await keepPhoto(TEACHER.id, "session-of-yesterday", photo);
    open("/");
    const notice = await screen.findByRole("alert");
    const links = within(notice).getAllByRole<HTMLAnchorElement>("link");
    const places = Object.fromEntries(links.map(({ textContent, pathname }) => [textContent, pathname]));
    expect(places).toEqual({
      "Physics, period 2": "/sessions/session-1",
      "A session of another day": "/sessions/session-of-yesterday",
    });
  });

  it("of somebody else are told to nobody", async () => {
    day([overview()]);
    await keepPhoto("teacher-2", SESSION.id, photo);
    open("/");
    await screen.findByRole("link", { name: /Period 2/ });
    expect(screen.queryByText(/not sent yet/)).toBeNull();
  });
});

describe("starting a session", () => {
  async function press() {
    const { user } = open("/");
    await user.click(await screen.findByRole("button", { name: "Take attendance" }));
    return user;
  }

  it("of one's only subject takes one tap, for the next free period", async () => {
    day([overview({ session: { ...SESSION, id: "session-0", period: 1 } })]);
    backend.current.when(START, { status: 201, body: SESSION });
    await press();
    expect(await screen.findByRole("heading", { name: "Physics" })).toBeTruthy();
    const asked = jsonOf(backend.current.askedFor(START)[0]);
    expect(asked).toMatchObject({ subject_id: SUBJECT.id, date: "2026-11-23", period: 2 });
    expect(location.pathname).toBe("/sessions/session-1");
  });

  it("of one of several subjects asks which", async () => {
    day([], [SUBJECT, CHEMISTRY]);
    backend.current.when(START, { status: 201, body: SESSION });
    const { user } = open("/");
    const go = await screen.findByRole<HTMLButtonElement>("button", { name: "Take attendance" });
    expect(go.disabled).toBe(true);
    await user.selectOptions(screen.getByLabelText("Subject"), "Chemistry (CHE-9)");
    await user.selectOptions(screen.getByLabelText("Period"), "5");
    await user.click(go);
    await screen.findByRole("heading", { name: "Physics" });
    expect(jsonOf(backend.current.askedFor(START)[0])).toMatchObject({ subject_id: CHEMISTRY.id, period: 5 });
  });

  it("that is there already opens it instead", async () => {
    day([overview()]);
    const { user } = open("/");
    await user.selectOptions(await screen.findByLabelText("Period"), "2");
    await user.click(screen.getByRole("button", { name: "Take attendance" }));
    expect(await screen.findByRole("heading", { name: "Physics" })).toBeTruthy();
    expect(backend.current.askedFor(START)).toEqual([]);
  });

  it("that somebody else has just started is told, and shown", async () => {
    backend.current.when(START, () => {
      day([overview({ session: { ...SESSION, period: 1 } })]);
      return problem(409, "SESSION_EXISTS");
    });
    await press();
    expect((await screen.findByRole("alert")).textContent).toContain(
      "Somebody has just started this session",
    );
    expect(await screen.findByRole("link", { name: /Period 1/ })).toBeTruthy();
  });

  it("is not offered to somebody who teaches nothing", async () => {
    day([], []);
    open("/");
    expect(await screen.findByText(/You teach no subject yet/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Take attendance" })).toBeNull();
  });

  it("says so where one's subjects can't be read", async () => {
    backend.current.when(SUBJECTS, problem(500, "INTERNAL_ERROR", "req-5"));
    open("/");
    expect((await screen.findByRole("alert")).textContent).toContain("req-5");
  });
});
