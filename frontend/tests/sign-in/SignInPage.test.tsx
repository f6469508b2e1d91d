import { screen, waitFor } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { connection } from "../../src/api/connection";
import { eachWithBackend, jsonOf, ok, problem } from "../backend";
import { Lesson, PAGE } from "../lesson";
import { open } from "../page";
import { register, student, TEACHER } from "../school";

const backend = eachWithBackend();
const SIGN_IN = "POST /api/v1/auth/browser";
const PASSWORD = "a long enough password";

async function fillIn(user: UserEvent): Promise<void> {
  await user.type(await screen.findByLabelText("E-mail address"), TEACHER.email);
  await user.type(screen.getByLabelText("Password"), PASSWORD);
}

async function signIn(address: string): Promise<void> {
  const { user } = open(address);
  await fillIn(user);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}

function anEmptyDay(): void {
  backend.current.when("GET /api/v1/sessions/overview", ok({ items: [], next_cursor: null }));
  backend.current.when("GET /api/v1/subjects", ok({ items: [], next_cursor: null }));
  backend.current.when(SIGN_IN, ok(TEACHER));
}

describe("somebody who signs in", () => {
  it("comes to the day's sessions", async () => {
    anEmptyDay();
    await signIn("/sign-in");
    expect(await screen.findByRole("heading", { name: "Today" })).toBeTruthy();
    expect(jsonOf(backend.current.askedFor(SIGN_IN)[0])).toEqual({
      email: TEACHER.email,
      password: PASSWORD,
    });
  });

  it("comes back to the page they were asked to sign in for", async () => {
    new Lesson(backend.current, register([student("Grace")]));
    backend.current.when("GET /api/v1/me", problem(401, "NOT_SIGNED_IN"));
    backend.current.when(SIGN_IN, ok(TEACHER));
    await signIn(PAGE);
    expect(await screen.findByRole("heading", { name: "Physics" })).toBeTruthy();
    expect(location.pathname).toBe(PAGE);
  });

  it("is led nowhere else by a link that somebody made for them", async () => {
    anEmptyDay();
    await signIn("/sign-in?next=%2F%2Fevil.example%2F");
    expect(await screen.findByRole("heading", { name: "Today" })).toBeTruthy();
    expect(location.href).toBe(`${backend.current.address}/`);
  });

  it("finds nothing of whoever used the page before", async () => {
    anEmptyDay();
    const { user, client } = open("/sign-in");
    client.setQueryData(["register", "somebody else's"], register([student("Grace")]));
    await fillIn(user);
    await user.keyboard("{Enter}");
    await screen.findByRole("heading", { name: "Today" });
    expect(client.getQueryData(["register", "somebody else's"])).toBeUndefined();
  });
});

describe("a sign-in that fails", () => {
  it("is told in words, with the password ready to be typed anew", async () => {
    backend.current.when(SIGN_IN, problem(401, "INVALID_CREDENTIALS"));
    await signIn("/sign-in");
    const told = await screen.findByRole("alert");
    expect(told.textContent).toBe("The e-mail address or the password is wrong.");
    const password = screen.getByLabelText<HTMLInputElement>("Password");
    expect(document.activeElement).toBe(password);
    expect([password.selectionStart, password.selectionEnd]).toEqual([0, PASSWORD.length]);
    expect(screen.getByLabelText<HTMLInputElement>("E-mail address").value).toBe(TEACHER.email);
  });

  it("for want of a server says so, and says so above the page too", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setTimeout", "clearTimeout"] });
    const { user } = open("/sign-in");
    await fillIn(user);
    await backend.current.stop();
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await waitFor(() => expect(screen.getByRole("status").textContent).toContain("doesn't answer"));
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await screen.findByRole("alert")).textContent).toBe("The school's server doesn't answer.");
    connection.reached();
  });
});

it("a password can be shown to whoever types it", async () => {
  const { user } = open("/sign-in");
  const password = await screen.findByLabelText<HTMLInputElement>("Password");
  expect(password.type).toBe("password");
  await user.click(screen.getByRole("button", { name: "Show the password" }));
  expect(password.type).toBe("text");
});
