import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { eachWithBackend, jsonOf, ok, problem } from "../backend";
import { open } from "../page";

const backend = eachWithBackend();
const CONFIRM = "POST /api/v1/auth/email/confirm";
const NEW = "new@school.example";

it("the address counts only when its owner says so, and is named then", async () => {
  backend.current.when(CONFIRM, ok({ email: NEW }));
  const { user } = open("/email#the-secret");
  const button = await screen.findByRole("button", { name: "Confirm the address" });
  await waitFor(() => expect(location.href).toBe(`${backend.current.address}/email`));
  expect(backend.current.askedFor(CONFIRM)).toEqual([]);
  await user.click(button);
  const done = await screen.findByRole("heading", { name: "Your address is confirmed" });
  expect(document.activeElement).toBe(done);
  expect(screen.getByText(`From now on you sign in as ${NEW}.`)).toBeTruthy();
  expect(jsonOf(backend.current.askedFor(CONFIRM)[0])).toEqual({ secret: "the-secret" });
});

it.each([
  ["LINK_INVALID", 422, "This link was used"],
  ["EMAIL_TAKEN", 409, "There is an account with this e-mail address already"],
])("what can not be mended is told, and nothing is left to press but on: %s", async (code, status, words) => {
  backend.current.when(CONFIRM, problem(status, code));
  const { user } = open("/email#the-secret");
  await user.click(await screen.findByRole("button", { name: "Confirm the address" }));
  expect((await screen.findByRole("alert")).textContent).toContain(words);
  expect(screen.queryByRole("button", { name: "Confirm the address" })).toBeNull();
  expect(screen.getByRole("link", { name: "Go on without it" })).toBeTruthy();
});

it("what may go better the next time can be tried again", async () => {
  backend.current.when(CONFIRM, problem(503, "DATABASE_UNAVAILABLE"));
  const { user } = open("/email#the-secret");
  await user.click(await screen.findByRole("button", { name: "Confirm the address" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Try again in a moment");
  backend.current.when(CONFIRM, ok({ email: NEW }));
  await user.click(screen.getByRole("button", { name: "Confirm the address" }));
  expect(await screen.findByRole("heading", { name: "Your address is confirmed" })).toBeTruthy();
});

it("without its link the page says where to find it", async () => {
  open("/email");
  expect(await screen.findByRole("heading", { name: "Your e-mail address" })).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
});
