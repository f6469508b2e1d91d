import { screen, waitFor } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { expect, it } from "vitest";
import { eachWithBackend, jsonOf, ok, problem } from "../backend";
import { open } from "../page";
import { TEACHER } from "../school";

const backend = eachWithBackend();
const ACCEPT = "POST /api/v1/invitations/accept";
const PASSWORD = "four quiet green hedgehogs";

async function fillIn(user: UserEvent): Promise<void> {
  await user.type(await screen.findByLabelText("Your name"), TEACHER.name);
  await user.type(screen.getByLabelText("New password"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Create the account" }));
}

it("whoever is invited chooses a name and a password, and is told to sign in", async () => {
  backend.current.when(ACCEPT, ok(TEACHER));
  const { user } = open("/invitation#the-secret");
  await fillIn(user);
  const done = await screen.findByRole("heading", { name: "Your account is ready" });
  expect(document.activeElement).toBe(done);
  expect(screen.getByText(`Sign in as ${TEACHER.email}.`)).toBeTruthy();
  expect(jsonOf(backend.current.askedFor(ACCEPT)[0])).toEqual({
    secret: "the-secret",
    name: TEACHER.name,
    password: PASSWORD,
  });
  await user.click(screen.getByRole("link", { name: "Go to sign in" }));
  expect(await screen.findByRole("form", { name: "Sign in" })).toBeTruthy();
});

it("the address bar loses the secret at once", async () => {
  open("/invitation#the-secret");
  await screen.findByLabelText("Your name");
  await waitFor(() => expect(location.href).toBe(`${backend.current.address}/invitation`));
  expect(screen.getByLabelText("New password")).toBeTruthy();
});

it("what password managers need is there, and the rules are told beside the field", async () => {
  open("/invitation#the-secret");
  const password = await screen.findByLabelText<HTMLInputElement>("New password");
  expect(password.autocomplete).toBe("new-password");
  expect(screen.getByLabelText<HTMLInputElement>("Your name").autocomplete).toBe("name");
  const rules = document.getElementById(password.getAttribute("aria-describedby") ?? "");
  expect(rules?.textContent).toContain("At least 10 characters");
});

it.each([
  ["LINK_INVALID", "This link was used, was taken back or is too old. Ask for another."],
  ["PASSWORD_TOO_COMMON", "This password is among the first that anybody would guess. Choose another."],
  ["PASSWORD_TELLS_WHO", "The password holds your name or your address. Choose another."],
  ["EMAIL_TAKEN", "There is an account with this e-mail address already. Sign in with it."],
])("%s is told in words, with the password ready to be typed anew", async (code, words) => {
  backend.current.when(ACCEPT, problem(422, code));
  const { user } = open("/invitation#the-secret");
  await fillIn(user);
  expect((await screen.findByRole("alert")).textContent).toBe(words);
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("New password")));
});

it("without its link the page says where to find it", async () => {
  open("/invitation");
  expect(await screen.findByText(/Open the link of your invitation once more/)).toBeTruthy();
});
