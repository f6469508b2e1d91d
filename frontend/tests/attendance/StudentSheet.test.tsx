import { screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Capture, RegisterRow } from "../../src/api/queries";
import { StudentSheet } from "../../src/attendance/StudentSheet";
import { eachWithBackend, jsonOf, ok, problem } from "../backend";
import { markOf } from "../lesson";
import { show } from "../page";
import { capture, register, student } from "../school";

const backend = eachWithBackend();
const GRACE = student("Grace");
const MARK = markOf(GRACE.student_id);
const STRICTER = { confident: 0.46, uncertain: 0.56, lookalike_margin: 0.1, tightened_by: 0.04 };

function openSheet(row: RegisterRow, captures: Capture[] = []) {
  const done = vi.fn();
  const sheet = (
    <StudentSheet register={register([row], captures)} captures={captures} row={row} onDone={done} />
  );
  return { done, ...show(sheet) };
}

beforeEach(() => backend.current.when(MARK, ok({ ...GRACE, status: "present" })));

describe("what the photos say of a student", () => {
  it.each([
    ["nothing yet", GRACE, [], "No photo was recognised yet."],
    ["not seen in one", GRACE, [capture()], "Not seen in the photo."],
    ["not seen in several", GRACE, [capture(), capture([], { id: "capture-2" })], "Not seen in 2 photos."],
    ["not to be seen", student("Grace", { has_face: false }), [capture()], "No face is enrolled"],
    ["perhaps", student("Grace", { proposal: "uncertain" }), [capture()], "Perhaps seen in a photo."],
    [
      "perhaps, in a class that looks alike",
      student("Grace", { proposal: "uncertain", capture_id: "capture-1" }),
      [capture([], { thresholds: STRICTER })],
      "photos of it are judged more strictly",
    ],
    [
      "clearly",
      student("Grace", { proposal: "present", status: "present" }),
      [capture()],
      "Clearly seen in a photo.",
    ],
  ])("is told: %s", async (_, row, captures, told) => {
    openSheet(row, captures);
    expect((await screen.findByRole("dialog", { name: "Grace" })).textContent).toContain(told);
  });
});

it("does not speak of stricter judgement where nothing was tightened", async () => {
  const usual = { confident: 0.5, uncertain: 0.6, lookalike_margin: 0.1, tightened_by: 0 };
  openSheet(student("Grace", { proposal: "uncertain", capture_id: "capture-1" }), [
    capture([], { thresholds: usual }),
  ]);
  expect((await screen.findByRole("dialog", { name: "Grace" })).textContent).not.toContain("strictly");
});

describe("a mark", () => {
  it.each([
    ["Present", "present"],
    ["Late", "late"],
    ["Absent", "absent"],
    ["Excused", "excused"],
  ])("%s is one tap", async (word, status) => {
    const { user, done } = openSheet(GRACE);
    await user.click(await screen.findByRole("button", { name: word }));
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(jsonOf(backend.current.askedFor(MARK)[0])).toEqual({ status, reason: null });
    expect(screen.getByText(`Grace: ${status}.`)).toBeTruthy();
  });

  it("carries a reason where one is given", async () => {
    const { user, done } = openSheet(GRACE);
    await user.type(await screen.findByLabelText("Reason (optional)"), "  bus was late ");
    await user.click(screen.getByRole("button", { name: "Late" }));
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(jsonOf(backend.current.askedFor(MARK)[0])).toEqual({ status: "late", reason: "bus was late" });
  });

  it("given before is shown, with its reason", async () => {
    openSheet(student("Grace", { status: "excused", source: "manual", reason: "a competition" }));
    expect((await screen.findByRole("button", { name: "Excused" })).getAttribute("aria-pressed")).toBe(
      "true",
    );
    expect(screen.getByRole("button", { name: "Present" }).getAttribute("aria-pressed")).toBe("false");
    expect(screen.getByLabelText<HTMLInputElement>("Reason (optional)").value).toBe("a competition");
  });

  it("that fails is told, and the sheet stays open with the reason typed", async () => {
    backend.current.when(MARK, problem(422, "STUDENT_NOT_ON_ROSTER"));
    const { user, done } = openSheet(GRACE);
    await user.type(await screen.findByLabelText("Reason (optional)"), "moved");
    await user.click(screen.getByRole("button", { name: "Excused" }));
    expect((await screen.findByRole("alert")).textContent).toContain("not on the roster any more");
    expect(done).not.toHaveBeenCalled();
    expect(screen.getByLabelText<HTMLInputElement>("Reason (optional)").value).toBe("moved");
  });
});
