import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { eachWithBackend, jsonOf, problem } from "../backend";
import { open } from "../page";
import { TEACHER } from "../school";
import { goTo } from "../window";

const backend = eachWithBackend();
const ASK = "POST /api/v1/auth/password-reset";
const COMPLETE = "POST /api/v1/auth/password-reset/complete";
const PASSWORD = "four quiet green hedgehogs";

it("a lost password is asked for from the sign-in page, and the answer tells nothing of the account", async () => {
  backend.current.when(ASK, { status: 202 });
  const { user } = open("/sign-in");
  await user.click(await screen.findByRole("link", { name: "Forgotten the password?" }));
  await screen.findByRole("form", { name: "Ask for a link" });
  await user.type(await screen.findByLabelText("E-mail address"), TEACHER.email);
  await user.click(await screen.findByRole("button", { name: "Send the link" }));
  const done = await screen.findByRole("heading", { name: "Look into your mail" });
  expect(document.activeElement).toBe(done);
  expect(screen.getByText(/If there is an account with this address/)).toBeTruthy();
  expect(jsonOf(backend.current.askedFor(ASK)[0])).toEqual({ email: TEACHER.email });
});

it("too many who ask are told to wait", async () => {
  backend.current.when(ASK, problem(429, "TOO_MANY_ATTEMPTS"));
  const { user } = open("/password-reset");
  await user.type(await screen.findByLabelText("E-mail address"), TEACHER.email);
  await user.click(screen.getByRole("button", { name: "Send the link" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Wait a little");
});

it("by the link another password is chosen, once", async () => {
  backend.current.when(COMPLETE, { status: 204, body: "" });
  const { user } = open("/password-reset#the-secret");
  await user.type(await screen.findByLabelText("New password"), PASSWORD);
  await waitFor(() => expect(location.href).toBe(`${backend.current.address}/password-reset`));
  await user.click(screen.getByRole("button", { name: "Change the password" }));
  expect(await screen.findByRole("heading", { name: "Your password is changed" })).toBeTruthy();
  expect(jsonOf(backend.current.askedFor(COMPLETE)[0])).toEqual({ secret: "the-secret", password: PASSWORD });
  await user.click(screen.getByRole("link", { name: "Go to sign in" }));
  expect(await screen.findByRole("form", { name: "Sign in" })).toBeTruthy();
});

it("a link that is over leads to another one", async () => {
  backend.current.when(COMPLETE, problem(422, "LINK_INVALID"));
  const { user } = open("/password-reset#the-secret");
  await user.type(await screen.findByLabelText("New password"), PASSWORD);
  await user.click(screen.getByRole("button", { name: "Change the password" }));
  expect((await screen.findByRole("alert")).textContent).toContain("This link was used");
  const another = screen.getByRole<HTMLAnchorElement>("link", { name: "Ask for another link" });
  expect(another.getAttribute("href")).toBe("/password-reset");
});

it("a link opened in the tab that asked for it is taken up there", async () => {
  open("/password-reset");
  await screen.findByLabelText("E-mail address");
  goTo(`${backend.current.address}/password-reset#the-secret`);
  window.dispatchEvent(new PopStateEvent("popstate"));
  expect(await screen.findByLabelText("New password")).toBeTruthy();
  await waitFor(() => expect(location.hash).toBe(""));
});
