import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { FaceSheet } from "../../src/attendance/FaceSheet";
import type { ShownFace } from "../../src/attendance/faces";
import { eachWithBackend, jsonOf, ok, problem } from "../backend";
import { show } from "../page";
import { capture, face, register, shownFace, student } from "../school";

const backend = eachWithBackend();
const DECIDE = "PUT /api/v1/captures/capture-1/faces/0";
const BARACK = student("Barack", { proposal: "uncertain" });
const GRACE = student("Grace", { proposal: "present", status: "present", source: "face" });
const EILEEN = student("Eileen");
const UNSURE = shownFace({ state: "unsure", student: BARACK });

function openSheet(shown: ShownFace) {
  const done = vi.fn();
  const photo = capture([face(0)]);
  const sheet = (
    <FaceSheet
      register={register([GRACE, BARACK, EILEEN], [photo])}
      captures={[photo]}
      face={shown}
      onDone={done}
    />
  );
  return { done, ...show(sheet) };
}

function decision(): unknown {
  return jsonOf(backend.current.askedFor(DECIDE)[0]);
}

beforeEach(() => backend.current.when(DECIDE, ok(capture([face(0)]))));

describe("a face that may be somebody", () => {
  it("is asked about by name, and confirmed with one tap", async () => {
    const { user, done } = openSheet(UNSURE);
    expect(await screen.findByRole("dialog", { name: "Is this Barack?" })).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Yes, it is Barack" }));
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(decision()).toEqual({ student_id: BARACK.student_id });
    expect(screen.getByText("This is Barack.")).toBeTruthy();
  });

  it("can be said to be somebody else, found by name", async () => {
    const { user, done } = openSheet(UNSURE);
    await user.click(await screen.findByRole("button", { name: "Somebody else" }));
    await user.type(screen.getByLabelText("Choose from the roster"), "eil");
    const found = within(screen.getByRole("list")).getAllByRole("button");
    expect(found).toHaveLength(1);
    await user.click(screen.getByRole("button", { name: /Eileen/ }));
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(decision()).toEqual({ student_id: EILEEN.student_id });
  });

  it("can be said to be nobody of this class", async () => {
    const { user, done } = openSheet(UNSURE);
    await user.click(await screen.findByRole("button", { name: "Nobody of this class" }));
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(decision()).toEqual({ student_id: null });
  });

  it("says what would make the next photo easier", async () => {
    openSheet({ ...UNSURE, quality: { ...UNSURE.quality, reasons: ["too_small", "blurred"] } });
    expect((await screen.findByRole("dialog")).textContent).toContain(
      "step closer; the face is blurred: hold still.",
    );
  });
});

describe("a face nobody knows", () => {
  it("is asked about with the whole roster, those not seen yet first", async () => {
    openSheet(shownFace());
    expect(await screen.findByRole("dialog", { name: "Who is this?" })).toBeTruthy();
    const names = within(screen.getByRole("list")).getAllByRole("button");
    expect(names.map(({ textContent }) => textContent)).toEqual([
      expect.stringContaining("Barack"),
      expect.stringContaining("Eileen"),
      expect.stringContaining("Grace"),
    ]);
  });

  it("says so where nobody of that name is on the roster", async () => {
    const { user } = openSheet(shownFace());
    await user.type(await screen.findByLabelText("Choose from the roster"), "zzz");
    expect(screen.getByText("Nobody of that name is on this roster.")).toBeTruthy();
  });
});

describe("a face a teacher has judged", () => {
  it("as somebody can still be somebody else, but needs no second yes", async () => {
    openSheet(shownFace({ state: "named", student: GRACE, decided: true }));
    expect((await screen.findByRole("dialog", { name: "Grace" })).textContent).toContain(
      "You said who this is.",
    );
    expect(screen.queryByRole("button", { name: /Yes/ })).toBeNull();
    expect(screen.getByRole("button", { name: "Somebody else" })).toBeTruthy();
  });

  it("as nobody of this class can still be somebody", async () => {
    openSheet(shownFace({ decided: true }));
    expect((await screen.findByRole("dialog")).textContent).toContain("nobody of this class");
    expect(screen.queryByRole("button", { name: "Nobody of this class" })).toBeNull();
    expect(screen.getByRole("button", { name: /Eileen/ })).toBeTruthy();
  });
});

it("a decision that fails is told, and the sheet stays open", async () => {
  backend.current.when(DECIDE, problem(409, "SESSION_NOT_OPEN"));
  const { user, done } = openSheet(UNSURE);
  await user.click(await screen.findByRole("button", { name: "Yes, it is Barack" }));
  expect((await screen.findByRole("alert")).textContent).toContain("This session is closed");
  expect(done).not.toHaveBeenCalled();
});

it("the sheet is left without a word by Escape and by its own button", async () => {
  const { user, done } = openSheet(UNSURE);
  await screen.findByRole("dialog");
  await user.keyboard("{Escape}");
  await user.click(screen.getByRole("button", { name: "Close" }));
  expect(done).toHaveBeenCalledTimes(2);
  expect(backend.current.askedFor(DECIDE)).toEqual([]);
});
