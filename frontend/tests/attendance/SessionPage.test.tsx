import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { connection } from "../../src/api/connection";
import type { Capture, RegisterRow } from "../../src/api/queries";
import { keepPhoto } from "../../src/photos/outbox";
import { type Answer, eachWithBackend, jsonOf, ok, problem } from "../backend";
import { CAPTURES, CLOSE, Lesson, markOf, PAGE, REGISTER } from "../lesson";
import { open } from "../page";
import { capture, CLOSED, face, register, student, TEACHER } from "../school";

const backend = eachWithBackend();

const GRACE = student("Grace");
const BARACK = student("Barack");
const SEEN = [
  student("Grace", {
    proposal: "present",
    status: "present",
    source: "face",
    capture_id: "capture-1",
    face_index: 0,
  }),
  student("Barack", { proposal: "uncertain", capture_id: "capture-1", face_index: 1 }),
];
const RECOGNISED = capture([
  face(0, { status: "present", student_id: GRACE.student_id }),
  face(1, { status: "uncertain", student_id: BARACK.student_id }),
  face(2),
]);
const STRANGER = { capture_id: RECOGNISED.id, face_index: 2, location: face(2).location };

function lesson(students: RegisterRow[] = [GRACE, BARACK], captures: Capture[] = []): Lesson {
  return new Lesson(backend.current, register(students, captures), captures);
}

/** A lesson whose photo is recognised: one is there, one to confirm, one nobody knows. */
function recognised(): Lesson {
  const told = lesson(SEEN, [RECOGNISED]);
  told.becomes({ unknown_faces: [STRANGER] });
  return told;
}

function aPhoto(): File {
  return new File(["light and shadow"], "class.jpg", { type: "image/jpeg" });
}

async function openPage() {
  const opened = open(PAGE);
  await screen.findByRole("heading", { name: "Physics" });
  return opened;
}

async function choose(user: Awaited<ReturnType<typeof openPage>>["user"], ...photos: File[]): Promise<void> {
  await user.upload(screen.getByLabelText("Photo files"), photos);
}

describe("opening a session", () => {
  it("shows the roster while its register is there", async () => {
    lesson();
    await openPage();
    expect(screen.getByRole("heading", { name: /Roster 2/ })).toBeTruthy();
    expect(screen.getByText("Photograph the class")).toBeTruthy();
    expect(document.title).toBe("Physics · Smart Attendance");
  });

  it("says that it is on its way", async () => {
    lesson();
    let answer: (given: Answer) => void = () => undefined;
    backend.current.when(REGISTER, () => new Promise((given) => (answer = given)));
    open(PAGE);
    expect(await screen.findByRole("status", { name: "Loading the register" })).toBeTruthy();
    await waitFor(() => expect(backend.current.askedFor(REGISTER)).toHaveLength(1));
    answer(ok(register([GRACE])));
    expect(await screen.findByRole("heading", { name: /Roster 1/ })).toBeTruthy();
  });

  it("that fails is told, and tried again when asked", async () => {
    lesson();
    backend.current.when(REGISTER, problem(500, "INTERNAL_ERROR", "req-4"));
    const { user } = open(PAGE);
    const told = await screen.findByRole("alert");
    expect(told.textContent).toContain("report req-4");
    lesson();
    await user.click(within(told).getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("heading", { name: /Roster 2/ })).toBeTruthy();
  });

  it("of a class without students says who can help", async () => {
    lesson([]);
    await openPage();
    expect(screen.getByText(/Nobody is on this roster yet, so nobody can be named/)).toBeTruthy();
  });
});

describe("a photo that is chosen", () => {
  it("is sent, framed, and told of to those who listen", async () => {
    const told = lesson();
    backend.current.when(CAPTURES, () => {
      told.becomes({ students: SEEN, unknown_faces: [STRANGER] });
      told.photo(RECOGNISED);
      return ok(RECOGNISED);
    });
    const { user } = await openPage();
    await choose(user, aPhoto());
    const photo = await screen.findByRole("region", { name: "The photo" });
    expect(await within(photo).findByRole("button", { name: "Grace: named" })).toBeTruthy();
    expect(within(photo).getByRole("button", { name: "Barack: please confirm" })).toBeTruthy();
    expect(within(photo).getByRole("button", { name: "Unknown person" })).toBeTruthy();
    const summary = "3 faces: 1 named, 1 to confirm, 1 unknown.";
    expect(within(photo).getByText(summary)).toBeTruthy();
    expect(await screen.findByText(`Photo recognised. ${summary}`)).toBeTruthy();
  });

  it("that shows nobody is told of as well", async () => {
    const told = lesson();
    const empty = capture([]);
    backend.current.when(CAPTURES, () => {
      told.photo(empty);
      return ok(empty);
    });
    const { user } = await openPage();
    await choose(user, aPhoto());
    expect(await screen.findByText("Photo recognised. No face found in this photo.")).toBeTruthy();
  });

  it("can be the same file again, after it was refused", async () => {
    lesson();
    backend.current.when(CAPTURES, problem(422, "INVALID_IMAGE"));
    const { user } = await openPage();
    await choose(user, aPhoto());
    const told = await screen.findByRole("alert");
    expect(told.textContent).toContain("This photo can't be used. The photo is damaged");
    expect(screen.getByLabelText<HTMLInputElement>("Photo files").value).toBe("");
    await user.click(within(told).getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("and is no picture at all is refused without a broken one", async () => {
    lesson();
    backend.current.when(CAPTURES, problem(415, "INVALID_FORMAT"));
    const { user } = await openPage();
    await choose(user, aPhoto());
    const picture = (await screen.findByRole("alert")).querySelector("img");
    expect(picture?.hidden).toBe(false);
    picture?.dispatchEvent(new Event("error"));
    expect(picture?.hidden).toBe(true);
  });

  it("is seen at once, while it is on its way", async () => {
    const told = lesson();
    let answer: (given: Answer) => void = () => undefined;
    backend.current.when(CAPTURES, () => new Promise((given) => (answer = given)));
    const { user } = await openPage();
    await choose(user, aPhoto());
    expect(await screen.findByRole("region", { name: "The photo on its way" })).toBeTruthy();
    expect(await screen.findByRole("status", { name: /A photo: (0 % sent|being recognised)/ })).toBeTruthy();
    await waitFor(() => expect(backend.current.askedFor(CAPTURES)).toHaveLength(1));
    told.photo(RECOGNISED);
    answer(ok(RECOGNISED));
    await waitFor(() => expect(screen.queryByRole("region", { name: "The photo on its way" })).toBeNull());
  });

  it("without a network is seen all the same, and told to wait", async () => {
    lesson();
    const { user } = await openPage();
    await backend.current.stop();
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    window.dispatchEvent(new Event("offline"));
    expect(await screen.findByText(/This device is offline/)).toBeTruthy();
    await choose(user, aPhoto());
    const waiting = await screen.findByRole("region", { name: "The photo on its way" });
    expect(waiting.textContent).toContain("Waits on this device");
    expect(screen.getByRole("status", { name: "A photo: waits on this device to be sent" })).toBeTruthy();
  });

  it("before the page was left is sent when it is opened again", async () => {
    const told = lesson();
    await keepPhoto(TEACHER.id, "session-1", aPhoto());
    backend.current.when(CAPTURES, () => {
      told.photo(RECOGNISED);
      return ok(RECOGNISED);
    });
    await openPage();
    expect(await screen.findByRole("button", { name: "Photo 1: recognised" })).toBeTruthy();
  });
});

describe("a session that somebody else closes meanwhile", () => {
  const byHand = student("Grace", { status: "absent", source: "close" });
  const close = (told: Lesson) => told.becomes({ session: CLOSED, students: [byHand] });

  it("is shown closed by itself", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const told = lesson();
    await openPage();
    close(told);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await screen.findByRole("heading", { name: /Session closed/ })).toBeTruthy();
  });

  it("takes no photo, and no photo is lost by that", async () => {
    const told = lesson();
    backend.current.when(CAPTURES, problem(409, "SESSION_NOT_OPEN"));
    const { user } = await openPage();
    close(told);
    await choose(user, aPhoto());
    expect(await screen.findByRole("heading", { name: /Session closed/ })).toBeTruthy();
    expect(await screen.findByText("A photo on this device was never sent")).toBeTruthy();
  });
});

describe("several photos", () => {
  const second = capture([face(0)], { id: "capture-2", width: 800, height: 600 });

  it("are looked at one at a time, the last first", async () => {
    const told = recognised();
    told.photo(second);
    const { user } = await openPage();
    expect(await screen.findByText("1 face: 1 unknown.")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Photo 1: recognised" }));
    expect(await screen.findByText(/^3 faces/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Photo 1: recognised" }).getAttribute("aria-pressed")).toBe(
      "true",
    );
  });

  it("can be looked at closely", async () => {
    recognised();
    const { user } = await openPage();
    const larger = await screen.findByRole<HTMLButtonElement>("button", { name: "Larger" });
    const smaller = screen.getByRole<HTMLButtonElement>("button", { name: "Smaller" });
    const canvas = (await screen.findByAltText("The class, as photographed")).parentElement;
    expect([canvas?.style.width, smaller.disabled]).toEqual(["100%", true]);
    for (let step = 0; step < 3; step += 1) await user.click(larger);
    expect([canvas?.style.width, larger.disabled]).toEqual(["500%", true]);
    await user.click(smaller);
    expect(canvas?.style.width).toBe("300%");
  });

  it("that could not be recognised say why, and what to do instead", async () => {
    const told = lesson();
    told.photo({ ...RECOGNISED, id: "capture-0" });
    told.photo(capture([], { state: "dead", error_code: "ML_ANSWER_INVALID", viewable: false }));
    await openPage();
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("Face recognition failed on this photo. Take another, or mark");
    expect(
      screen.getByRole("button", { name: /Photo 2: not recognised\. Face recognition failed/ }),
    ).toBeTruthy();
  });

  it("that were erased are told so, and the register stays", async () => {
    recognised();
    backend.current.when("GET /api/v1/captures/capture-1/photo", problem(410, "PHOTO_GONE"));
    await openPage();
    expect((await screen.findByRole("alert")).textContent).toContain("The photo was erased");
    expect(screen.getByRole("heading", { name: /Roster 2/ })).toBeTruthy();
  });
});

describe("a photo that is taken back", () => {
  const REMOVE = "DELETE /api/v1/captures/capture-1";

  async function askToRemove() {
    const told = recognised();
    const { user } = await openPage();
    await user.click(await screen.findByRole("button", { name: "Remove this photo" }));
    await screen.findByRole("dialog", { name: "Remove this photo?" });
    return { told, user };
  }

  it("is gone, with what it said", async () => {
    const { told, user } = await askToRemove();
    backend.current.when(REMOVE, () => {
      told.becomes({ captures: [], students: [GRACE, BARACK], unknown_faces: [] });
      return { status: 204 };
    });
    await user.click(screen.getByRole("button", { name: "Remove it" }));
    expect(await screen.findByText("Photograph the class")).toBeTruthy();
    expect(screen.getByText("The photo is gone.")).toBeTruthy();
  });

  it("only after asking: it can be kept", async () => {
    const { user } = await askToRemove();
    await user.click(screen.getByRole("button", { name: "Keep it" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(backend.current.askedFor(REMOVE)).toEqual([]);
  });

  it("too late is told", async () => {
    const { user } = await askToRemove();
    backend.current.when(REMOVE, problem(409, "SESSION_NOT_OPEN"));
    await user.click(screen.getByRole("button", { name: "Remove it" }));
    expect(await screen.findByText(/This session is closed/)).toBeTruthy();
  });
});

describe("while recognition is away", () => {
  const WAITING = capture([], { state: "received", viewable: true });

  it("the photo is safe, the students can be marked by hand, and the page fills in by itself", async () => {
    const told = lesson();
    told.photo(WAITING);
    backend.current.when(markOf(GRACE.student_id), () => {
      told.becomes({ students: [{ ...GRACE, status: "present", source: "manual" }, BARACK] });
      return ok({ ...GRACE, status: "present" });
    });
    const { user } = await openPage();
    expect(await screen.findByText("Your photo is safe; recognition will follow")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Mark by hand" }));
    expect(document.activeElement?.id).toBe("roster");
    await user.click(screen.getByRole("button", { name: "Grace is here" }));
    expect(await screen.findByRole("heading", { name: "Here 1" })).toBeTruthy();
    told.photo(RECOGNISED);
    expect(await screen.findByText(/^Photo recognised\. 3 faces/)).toBeTruthy();
    expect(screen.queryByText(/recognition will follow/)).toBeNull();
  });

  it("a photo no browser shows is told to appear later", async () => {
    lesson().photo({ ...WAITING, viewable: false });
    await openPage();
    expect(await screen.findByText("Shown as soon as it is recognised")).toBeTruthy();
  });
});

describe("a face", () => {
  const CONFIRM = "PUT /api/v1/captures/capture-1/faces/1";

  beforeEach(() => {
    const told = recognised();
    backend.current.when(CONFIRM, () => {
      const [grace, barack] = SEEN;
      if (grace && barack)
        told.becomes({ students: [grace, { ...barack, status: "present", source: "manual" }] });
      return ok(RECOGNISED);
    });
  });

  it("that is right is confirmed beside its picture, with one tap", async () => {
    const { user } = await openPage();
    await user.click(await screen.findByRole("button", { name: "Yes, it is Barack" }));
    await waitFor(() => expect(screen.queryByRole("button", { name: "Yes, it is Barack" })).toBeNull());
    expect(jsonOf(backend.current.askedFor(CONFIRM)[0])).toEqual({ student_id: BARACK.student_id });
    expect(await screen.findByRole("heading", { name: "Here 2" })).toBeTruthy();
  });

  it("that is wrong leads to the question who it is", async () => {
    const { user } = await openPage();
    await user.click(await screen.findByRole("button", { name: "No, not Barack" }));
    expect(await screen.findByRole("dialog", { name: "Is this Barack?" })).toBeTruthy();
  });

  it("on the photo is tapped to say who it is", async () => {
    const { user } = await openPage();
    await user.click(await screen.findByRole("button", { name: "Unknown person" }));
    expect(await screen.findByRole("dialog", { name: "Who is this?" })).toBeTruthy();
  });

  it("nobody knows is tapped beside the photo as well", async () => {
    const { user } = await openPage();
    await user.click(await screen.findByRole("button", { name: "Unknown face 1: say who this is" }));
    expect(await screen.findByRole("dialog", { name: "Who is this?" })).toBeTruthy();
  });

  it("that can't be confirmed is told", async () => {
    backend.current.when(CONFIRM, problem(409, "SESSION_NOT_OPEN"));
    const { user } = await openPage();
    await user.click(await screen.findByRole("button", { name: "Yes, it is Barack" }));
    expect((await screen.findByRole("alert")).textContent).toContain("This session is closed");
  });
});

describe("at the end", () => {
  it("the session is closed, and the register is shown as it was written", async () => {
    const told = recognised();
    backend.current.when(CLOSE, () => {
      told.becomes({ session: CLOSED });
      return ok({ session: CLOSED, records: 2 });
    });
    const { user } = await openPage();
    await user.click(screen.getByRole("button", { name: /^Close/ }));
    await user.click(await screen.findByRole("button", { name: "Close it" }));
    const heading = await screen.findByRole("heading", { name: /Session closed at/ });
    await waitFor(() => expect(document.activeElement).toBe(heading));
  });

  it("a student's own sheet is one tap away until then", async () => {
    recognised();
    const { user } = await openPage();
    const roster = screen.getByRole("region", { name: /Roster/ });
    await user.click(within(roster).getByRole("button", { name: /Grace/ }));
    expect(await screen.findByRole("dialog", { name: "Grace" })).toBeTruthy();
  });
});

it("a server that falls silent is told above the page, and what was there stays", async () => {
  recognised();
  const { client } = await openPage();
  await backend.current.stop();
  void client.invalidateQueries({ queryKey: ["register"] });
  expect(await screen.findByText(/The school's server doesn't answer. Trying again by itself/)).toBeTruthy();
  expect(screen.getByRole("heading", { name: /Roster 2/ })).toBeTruthy();
  connection.reached();
});
