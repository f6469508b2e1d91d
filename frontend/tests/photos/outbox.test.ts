import { describe, expect, it, vi } from "vitest";
import { forgetPhoto, keepPhoto, waitingPhotos } from "../../src/photos/outbox";

const ANN = "teacher-1";
const BEN = "teacher-2";

function photo(content = "a photo"): File {
  return new File([content], "class.jpg", { type: "image/jpeg" });
}

describe("a photo that was taken", () => {
  it("is still there when the page is opened again, as it was", async () => {
    const kept = await keepPhoto(ANN, "session-1", photo("light and shadow"));
    const [waiting] = await waitingPhotos(ANN, "session-1");
    expect(waiting).toMatchObject({
      key: kept.key,
      userId: ANN,
      sessionId: "session-1",
      takenAt: kept.takenAt,
    });
    expect(await waiting?.photo.text()).toBe("light and shadow");
    expect(waiting?.photo.type).toBe("image/jpeg");
  });

  it("has a key of its own, even where the picture is the same", async () => {
    const [one, other] = [
      await keepPhoto(ANN, "session-1", photo()),
      await keepPhoto(ANN, "session-1", photo()),
    ];
    expect(one.key).not.toBe(other.key);
    expect(await waitingPhotos(ANN)).toHaveLength(2);
  });

  it("is gone from the device once it is forgotten", async () => {
    const kept = await keepPhoto(ANN, "session-1", photo());
    const other = await keepPhoto(ANN, "session-1", photo());
    await forgetPhoto(kept.key);
    expect((await waitingPhotos(ANN)).map(({ key }) => key)).toEqual([other.key]);
  });
});

describe("a photo on a device that keeps nothing", () => {
  const refusing = () => {
    throw new DOMException("no room", "QuotaExceededError");
  };

  it("waits in memory, is told apart, and is forgotten like any other", async () => {
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(refusing);
    const kept = await keepPhoto(ANN, "session-1", photo("light and shadow"));
    const [waiting] = await waitingPhotos(ANN, "session-1");
    expect(waiting).toEqual({ ...kept, fleeting: true });
    expect(await waitingPhotos(BEN)).toEqual([]);
    await forgetPhoto(kept.key);
    expect(await waitingPhotos(ANN)).toEqual([]);
  });

  it("waits beside those that it did keep", async () => {
    const first = await keepPhoto(ANN, "session-1", photo());
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementationOnce(refusing);
    const second = await keepPhoto(ANN, "session-1", photo());
    expect((await waitingPhotos(ANN)).map(({ key }) => key)).toEqual([first.key, second.key]);
    await forgetPhoto(second.key);
  });
});

describe("photos that wait", () => {
  it("are never given out to another user of the same device", async () => {
    await keepPhoto(ANN, "session-1", photo());
    expect(await waitingPhotos(BEN)).toEqual([]);
    expect(await waitingPhotos(BEN, "session-1")).toEqual([]);
  });

  it("belong to one session each", async () => {
    await keepPhoto(ANN, "session-1", photo());
    const other = await keepPhoto(ANN, "session-2", photo());
    expect((await waitingPhotos(ANN, "session-2")).map(({ key }) => key)).toEqual([other.key]);
    expect(await waitingPhotos(ANN)).toHaveLength(2);
  });

  it("wait in the order in which they were taken", async () => {
    const clock = vi.spyOn(Date, "now");
    const taken: string[] = [];
    for (const moment of [1_000, 2_000, 3_000, 4_000, 5_000]) {
      clock.mockReturnValue(moment);
      taken.push((await keepPhoto(ANN, "session-1", photo())).key);
    }
    expect((await waitingPhotos(ANN, "session-1")).map(({ key }) => key)).toEqual(taken);
  });

  it("are forgotten after three days, whoever they belong to: nobody comes back for them", async () => {
    const clock = vi.spyOn(Date, "now");
    clock.mockReturnValue(0);
    await keepPhoto(ANN, "session-1", photo());
    clock.mockReturnValue(3 * 24 * 3_600_000);
    const fresh = await keepPhoto(BEN, "session-2", photo());
    expect(await waitingPhotos(ANN), "three days are not over yet").toHaveLength(1);

    clock.mockReturnValue(3 * 24 * 3_600_000 + 1);
    expect((await waitingPhotos(BEN)).map(({ key }) => key)).toEqual([fresh.key]);
    clock.mockReturnValue(1);
    expect(await waitingPhotos(ANN), "not hidden but gone").toEqual([]);
  });
});
