import { screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { eachWithBackend, jsonOf, ok, problem } from "../backend";
import { open } from "../page";
import { TEACHER } from "../school";

const backend = eachWithBackend();
const RETURN = "POST /api/v1/auth/providers/school/return";
const BACK = "/sign-in/school?code=123456789012345678901&state=the-state";

afterEach(() => sessionStorage.clear());

function anEmptyDay(): void {
  backend.current.when("GET /api/v1/sessions/overview", ok({ items: [], next_cursor: null }));
  backend.current.when("GET /api/v1/subjects", ok({ items: [], next_cursor: null }));
}

it("the sign-in page offers the providers, and sends the browser to the one chosen", async () => {
  const assign = vi.spyOn(window.location, "assign").mockImplementation(() => undefined);
  backend.current.when(
    "GET /api/v1/auth/providers",
    ok({ items: [{ id: "school", name: "School account" }] }),
  );
  backend.current.when(
    "POST /api/v1/auth/providers/school/departure",
    ok({ address: "https://provider.example/authorize?state=the-state" }),
  );
  const { user } = open("/sign-in?next=%2Fsessions%2F1");
  await user.click(await screen.findByRole("button", { name: "Sign in with School account" }));
  await waitFor(() =>
    expect(assign).toHaveBeenCalledWith("https://provider.example/authorize?state=the-state"),
  );
  expect(sessionStorage.getItem("after-sign-in")).toBe("/sessions/1");
});

it("a provider that is away is told in words", async () => {
  backend.current.when(
    "GET /api/v1/auth/providers",
    ok({ items: [{ id: "school", name: "School account" }] }),
  );
  backend.current.when("POST /api/v1/auth/providers/school/departure", problem(503, "PROVIDER_UNREACHABLE"));
  const { user } = open("/sign-in");
  await user.click(await screen.findByRole("button", { name: "Sign in with School account" }));
  expect((await screen.findByRole("alert")).textContent).toContain("can't be reached just now");
});

it("whoever comes back is signed in, and the address bar keeps nothing of the provider's", async () => {
  anEmptyDay();
  backend.current.when(RETURN, ok(TEACHER));
  open(BACK);
  expect(await screen.findByRole("heading", { name: "Today" })).toBeTruthy();
  expect(location.href).toBe(`${backend.current.address}/`);
  expect(backend.current.askedFor(RETURN).map(jsonOf)).toEqual([
    { code: "123456789012345678901", state: "the-state" },
  ]);
});

it("what was kept in the tab leads nowhere but to a page of ours", async () => {
  anEmptyDay();
  sessionStorage.setItem("after-sign-in", "//evil.example/");
  backend.current.when(RETURN, ok(TEACHER));
  open(BACK);
  expect(await screen.findByRole("heading", { name: "Today" })).toBeTruthy();
  expect(location.href).toBe(`${backend.current.address}/`);
});

it.each([
  ["NO_ACCOUNT", "There is no account here with your address"],
  ["SIGN_IN_NOT_BEGUN", "Begin anew"],
  ["EMAIL_NOT_VERIFIED", "has not verified your e-mail address"],
  ["PROVIDER_ANSWER_INVALID", "can't be trusted"],
])("%s is told in words, with the way back", async (code, words) => {
  backend.current.when(RETURN, problem(403, code));
  open(BACK);
  expect((await screen.findByRole("alert")).textContent).toContain(words);
  expect(screen.getByRole("link", { name: "Back to sign in" }).getAttribute("href")).toContain("/sign-in");
});

it("somebody who did not agree there is told so, and nothing is sent", async () => {
  open("/sign-in/school?error=access_denied&state=the-state");
  expect((await screen.findByRole("alert")).textContent).toContain("did not agree");
  await waitFor(() => expect(location.search).toBe(""));
  expect(backend.current.askedFor(RETURN)).toEqual([]);
});
