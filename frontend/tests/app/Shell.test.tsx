import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { eachWithBackend, ok, problem } from "../backend";
import { Lesson, PAGE } from "../lesson";
import { open } from "../page";
import { register, student, TEACHER } from "../school";

const backend = eachWithBackend();
const SIGN_OUT = "DELETE /api/v1/auth/browser";

async function openAccount() {
  new Lesson(backend.current, register([student("Grace")]));
  const opened = open(PAGE);
  await opened.user.click(await screen.findByRole("button", { name: "Your account" }));
  await screen.findByRole("dialog");
  return opened;
}

describe("the account", () => {
  it("says who is signed in", async () => {
    await openAccount();
    const dialog = await screen.findByRole("dialog", { name: TEACHER.name });
    expect(dialog.textContent).toContain(`${TEACHER.email}, teacher`);
  });

  it("chooses the colours, and remembers them", async () => {
    const { user } = await openAccount();
    await user.click(screen.getByRole("radio", { name: "Dark" }));
    await waitFor(() => expect(document.documentElement.dataset.mantineColorScheme).toBe("dark"));
    expect(localStorage.getItem("mantine-color-scheme-value")).toBe("dark");
  });
});

describe("signing out", () => {
  it("leaves nothing in memory and asks the next person to sign in", async () => {
    const { user, client } = await openAccount();
    backend.current.when(SIGN_OUT, { status: 204 });
    backend.current.when("GET /api/v1/me", problem(401, "NOT_SIGNED_IN"));
    await user.click(screen.getByRole("button", { name: "Sign out" }));
    expect(await screen.findByRole("form", { name: "Sign in" })).toBeTruthy();
    expect(client.getQueryData(["me"])).toBeUndefined();
    expect(client.getQueryData(["register", "session-1"])).toBeUndefined();
  });

  it("that fails is told, and nobody is thought to be signed out", async () => {
    const { user } = await openAccount();
    backend.current.when(SIGN_OUT, problem(503, "DATABASE_UNAVAILABLE"));
    await user.click(screen.getByRole("button", { name: "Sign out" }));
    expect((await screen.findByRole("alert")).textContent).toContain("can't be reached just now");
    expect(location.pathname).toBe(PAGE);
  });
});

describe("somebody else who signs in from another tab", () => {
  it("is shown nothing that this page remembers of the one before: it starts anew", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const reload = vi.spyOn(window.location, "reload").mockReturnValue();
    new Lesson(backend.current, register([student("Grace")]));
    open(PAGE);
    await screen.findByRole("button", { name: "Your account" });
    expect(reload).not.toHaveBeenCalled();
    backend.current.when("GET /api/v1/me", ok({ ...TEACHER, id: "teacher-2" }));
    await vi.advanceTimersByTimeAsync(30_000);
    await waitFor(() => expect(reload).toHaveBeenCalledOnce());
  });
});

it("whoever uses the keyboard can go straight to the page", async () => {
  new Lesson(backend.current, register([student("Grace")]));
  backend.current.when("GET /api/v1/sessions/overview", ok({ items: [], next_cursor: null }));
  const { user } = open(PAGE);
  const skip = await screen.findByRole<HTMLAnchorElement>("link", { name: "Skip to the page" });
  await user.tab();
  expect(document.activeElement).toBe(skip);
  expect(document.querySelector(skip.hash)).toBe(screen.getByRole("main"));
});
