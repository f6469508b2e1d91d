import { screen, waitFor } from "@testing-library/react";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ownAddress } from "../../src/app/address";
import { eachWithBackend, ok, problem } from "../backend";
import { Lesson, PAGE, REGISTER } from "../lesson";
import { open } from "../page";
import { register, student, TEACHER } from "../school";

const backend = eachWithBackend();
const OURS = "https://school.example";

describe("the address to go on to", () => {
  it.each(["/", "/sessions/0190?photo=2#roster", "/sign-in?next=%2Fsessions"])(
    "%s is one of ours",
    (address) => {
      expect(ownAddress(address)).toBe(address);
    },
  );

  it.each([
    ...["//evil.example", "/\\evil.example", "\\\\evil.example", "///evil.example", "/\t/evil.example"],
    ...[
      "/\n/evil.example",
      "https://evil.example",
      "https:evil.example",
      "javascript:alert(1)",
      "data:text/html,x",
    ],
    ...[
      "evil.example",
      "",
      " //evil.example",
      undefined,
      null,
      7,
      ["//evil.example"],
      { href: "//evil.example" },
    ],
  ])("%j is not, and leads home", (address) => {
    expect(ownAddress(address)).toBe("/");
  });

  it("leads a browser to no other place, whatever was asked for", () => {
    const pieces = [
      "/",
      "\\",
      ".",
      ":",
      "@",
      "?",
      "#",
      "\t",
      "\n",
      "\r",
      " ",
      "\u0000",
      "%2f",
      "evil.example",
    ];
    const tricky = fc.array(fc.constantFrom(...pieces), { maxLength: 12 });
    const anything = fc.oneof(
      fc.string(),
      fc.webUrl(),
      tricky.map((parts) => parts.join("")),
      tricky.map((parts) => `/${parts.join("")}`),
    );
    fc.assert(
      fc.property(anything, (wanted) => {
        expect(new URL(ownAddress(wanted), OURS).origin).toBe(OURS);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("somebody who is not signed in", () => {
  it("is asked to, and the address is kept for afterwards", async () => {
    backend.current.when("GET /api/v1/me", problem(401, "NOT_SIGNED_IN"));
    open(PAGE);
    expect(await screen.findByRole("form", { name: "Sign in" })).toBeTruthy();
    expect(new URLSearchParams(location.search).get("next")).toBe(PAGE);
  });

  it("any more is asked to as soon as any request learns of it", async () => {
    new Lesson(backend.current, register([student("Grace")]));
    const { client } = open(PAGE);
    await screen.findByRole("heading", { name: "Physics" });
    backend.current.when("GET /api/v1/me", problem(401, "NOT_SIGNED_IN"));
    backend.current.when(REGISTER, problem(401, "NOT_SIGNED_IN"));
    await client.invalidateQueries({ queryKey: ["register"] });
    expect(await screen.findByRole("form", { name: "Sign in" })).toBeTruthy();
    expect(new URLSearchParams(location.search).get("next")).toBe(PAGE);
  });
});

describe("a page that can't be opened", () => {
  it("says why, and opens once it can", async () => {
    new Lesson(backend.current, register([student("Grace")]));
    backend.current.when("GET /api/v1/me", problem(503, "DATABASE_UNAVAILABLE"));
    const { user } = open(PAGE);
    expect((await screen.findByRole("alert")).textContent).toContain(
      "The register can't be reached just now",
    );
    backend.current.when("GET /api/v1/me", ok(TEACHER));
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("heading", { name: "Physics" })).toBeTruthy();
  });

  it("because there is none says so and leads home", async () => {
    open("/no/such/page");
    expect(await screen.findByRole("heading", { name: "There is no such page" })).toBeTruthy();
    expect(screen.getByRole<HTMLAnchorElement>("link", { name: "Today's sessions" }).pathname).toBe("/");
  });

  it("because the session is nobody's to see says the same, in the frame of the others", async () => {
    new Lesson(backend.current, register([]));
    backend.current.when(REGISTER, problem(404, "NOT_FOUND"));
    open(PAGE);
    expect(await screen.findByRole("heading", { name: "There is no such page" })).toBeTruthy();
    await waitFor(() => expect(screen.getAllByRole("main")).toHaveLength(1));
  });
});
