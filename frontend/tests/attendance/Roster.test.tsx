import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Register, RegisterRow } from "../../src/api/queries";
import { Roster } from "../../src/attendance/Roster";
import { eachWithBackend, jsonOf, ok, problem } from "../backend";
import { markOf } from "../lesson";
import { show } from "../page";
import { capture, register, student } from "../school";

const backend = eachWithBackend();
const EILEEN = student("Eileen");
const CLASS = [
  student("Grace", { status: "present", proposal: "present", source: "face" }),
  student("Barack", { proposal: "uncertain" }),
  EILEEN,
  student("Joe", { status: "excused", source: "manual", reason: "a competition" }),
];

function showRoster(told: Register) {
  const chosen = vi.fn<(row: RegisterRow) => void>();
  return { chosen, ...show(<Roster register={told} captures={[]} onStudent={chosen} />) };
}

function groups(): (string | null)[] {
  return screen.getAllByRole("heading", { level: 3 }).map(({ textContent }) => textContent);
}

function rowOf(name: string): HTMLElement {
  const row = screen.getAllByRole("listitem").find(({ textContent }) => textContent.includes(name));
  if (!row) throw new Error(`${name} is not on the screen`);
  return row;
}

describe("the roster", () => {
  it("stands in the order in which it needs somebody", () => {
    showRoster(register(CLASS, [capture()]));
    expect(groups()).toEqual(["Please confirm 1", "Not seen 1", "Here 1", "Away 1"]);
  });

  it("says of nobody that they were not seen before there is a photo", () => {
    showRoster(register(CLASS));
    expect(groups()).toContain("Not marked yet 1");
  });

  it("tells each status in words, and which were marked by hand", () => {
    showRoster(register(CLASS, [capture()]));
    expect(rowOf("Grace").textContent).toMatch(/R-Grace.*Present/);
    expect(rowOf("Barack").textContent).toMatch(/R-Barack.*Please confirm/);
    expect(rowOf("Joe").textContent).toMatch(/R-Joe · a competition · marked by hand.*Excused/);
  });

  it.each([
    ["code", "checked in by code"],
    ["kiosk", "seen by the kiosk"],
  ] as const)("tells that somebody is here by %s", (source, words) => {
    showRoster(register([student("Grace", { status: "present", source })]));
    expect(rowOf("Grace").textContent).toContain(words);
  });

  it("says whom no photo can show", () => {
    showRoster(
      register([
        student("Eileen", { has_face: false }),
        student("Grace", { status: "present", has_face: false }),
      ]),
    );
    expect(rowOf("Eileen").textContent).toContain("no face enrolled");
    expect(rowOf("Grace").textContent).not.toContain("no face enrolled");
  });

  it("without students says so", () => {
    showRoster(register([]));
    expect(screen.getByText("Nobody is on this roster yet")).toBeTruthy();
  });

  it("opens the sheet of whoever is tapped", async () => {
    const { user, chosen } = showRoster(register(CLASS));
    await user.click(within(rowOf("Joe")).getByRole("button"));
    expect(chosen).toHaveBeenCalledExactlyOnceWith(CLASS[3]);
  });
});

describe("somebody who was not seen", () => {
  const HERE = "Eileen is here";

  it("is marked present with one tap", async () => {
    backend.current.when(markOf(EILEEN.student_id), ok({ ...EILEEN, status: "present" }));
    const { user } = showRoster(register(CLASS));
    await user.click(screen.getByRole("button", { name: HERE }));
    await waitFor(() => expect(backend.current.askedFor(markOf(EILEEN.student_id))).toHaveLength(1));
    const [asked] = backend.current.askedFor(markOf(EILEEN.student_id));
    expect(jsonOf(asked)).toEqual({ status: "present", reason: null });
  });

  it("alone has such a button: the others are confirmed, here or away", () => {
    showRoster(register(CLASS));
    expect(screen.getAllByRole("button", { name: / is here$/ })).toHaveLength(1);
  });

  it("who can't be marked is told about", async () => {
    backend.current.when(markOf(EILEEN.student_id), problem(412, "VERSION_CONFLICT"));
    const { user } = showRoster(register(CLASS));
    await user.click(screen.getByRole("button", { name: HERE }));
    expect((await screen.findByRole("alert")).textContent).toContain(
      "Somebody changed this register meanwhile",
    );
  });
});

describe("a large class", () => {
  const LARGE = [...CLASS, ...["A", "B", "C", "D"].map((letter) => student(letter)), student("Élève")];

  it("can be searched by name and roll number, without accents", async () => {
    const { user } = showRoster(register(LARGE));
    await user.type(screen.getByRole("searchbox", { name: "Find a student" }), "eleve");
    expect(screen.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual([
      expect.stringContaining("Élève"),
    ]);
    await user.clear(screen.getByRole("searchbox"));
    await user.type(screen.getByRole("searchbox"), "r-joe");
    expect(rowOf("Joe")).toBeTruthy();
    expect(groups()).toEqual(["Away 1"]);
  });

  it("alone is: a small one is seen at a glance", () => {
    showRoster(register(CLASS));
    expect(screen.queryByRole("searchbox")).toBeNull();
  });
});
