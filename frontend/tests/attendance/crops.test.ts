import { QueryClient } from "@tanstack/react-query";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { CROP_PIXELS, cropsOf, squareAround } from "../../src/attendance/crops";
import { capture, face } from "../school";

/** A photo of any size, and a face somewhere on it: in the middle, at a border, or all of it. */
const anyFace = fc
  .record({ width: fc.integer({ min: 64, max: 8_000 }), height: fc.integer({ min: 64, max: 8_000 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      across: fc.tuple(fc.integer({ min: 0, max: width }), fc.integer({ min: 0, max: width })),
      down: fc.tuple(fc.integer({ min: 0, max: height }), fc.integer({ min: 0, max: height })),
    }),
  )
  .map(({ width, height, across, down }) => ({
    width,
    height,
    box: {
      left: Math.min(...across),
      right: Math.max(...across) + 1,
      top: Math.min(...down),
      bottom: Math.max(...down) + 1,
    },
  }));

describe("the square around a face", () => {
  it("never sticks out of the photo", () => {
    fc.assert(
      fc.property(anyFace, ({ box, width, height }) => {
        const { left, top, side } = squareAround(box, width, height);
        expect(side).toBeGreaterThan(0);
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
        expect(left + side).toBeLessThanOrEqual(width + 1e-6);
        expect(top + side).toBeLessThanOrEqual(height + 1e-6);
      }),
    );
  });

  it("holds the whole face, wherever the photo has room for a square that large", () => {
    fc.assert(
      fc.property(anyFace, ({ box, width, height }) => {
        fc.pre(Math.max(box.right - box.left, box.bottom - box.top) <= Math.min(width, height));
        fc.pre(box.right <= width && box.bottom <= height);
        const { left, top, side } = squareAround(box, width, height);
        expect(left).toBeLessThanOrEqual(box.left + 1e-6);
        expect(top).toBeLessThanOrEqual(box.top + 1e-6);
        expect(left + side).toBeGreaterThanOrEqual(box.right - 1e-6);
        expect(top + side).toBeGreaterThanOrEqual(box.bottom - 1e-6);
      }),
    );
  });

  it("has the face in its middle, with some of its surroundings, where there is room", () => {
    const { left, top, side } = squareAround({ left: 400, right: 480, top: 300, bottom: 400 }, 1_000, 800);
    expect(side).toBeCloseTo(170);
    expect([left + side / 2, top + side / 2]).toEqual([440, 350]);
  });
});

describe("the pictures of a photo's faces", () => {
  const PHOTO = new Blob(["a photo"], { type: "image/jpeg" });
  const shown = capture([face(0), face(4)], { width: 1_000, height: 600 });

  /** The screen's part that happy-dom lacks: a photo half as large as the one that was recognised. */
  function drawing() {
    const drawImage = vi.fn();
    vi.spyOn(HTMLImageElement.prototype, "decode").mockResolvedValue();
    vi.spyOn(HTMLImageElement.prototype, "naturalWidth", "get").mockReturnValue(500);
    vi.spyOn(HTMLImageElement.prototype, "naturalHeight", "get").mockReturnValue(300);
    const context = { drawImage } as unknown as CanvasRenderingContext2D;
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(context);
    vi.spyOn(HTMLCanvasElement.prototype, "toDataURL").mockImplementation(
      () => `data:${drawImage.mock.calls.length}`,
    );
    return drawImage;
  }

  it("are one for each face, by its index", async () => {
    drawing();
    const crops = await new QueryClient().query(cropsOf(shown, PHOTO));
    expect(crops).toEqual({ 0: "data:1", 4: "data:2" });
  });

  it("are cut where the face is on the photo at hand, however large that is", async () => {
    const drawImage = drawing();
    await new QueryClient().query(cropsOf(capture([face(4)], { width: 1_000, height: 600 }), PHOTO));
    const { left, top, side } = squareAround(face(4).location, 1_000, 600);
    const onPhoto = [left / 2, top / 2, side / 2, side / 2];
    expect(drawImage).toHaveBeenCalledWith(expect.anything(), ...onPhoto, 0, 0, CROP_PIXELS, CROP_PIXELS);
  });

  it("leave no photo behind in memory, also where it can't be read", async () => {
    drawing();
    const given = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:photo");
    const back = vi.spyOn(URL, "revokeObjectURL");
    vi.spyOn(HTMLImageElement.prototype, "decode").mockRejectedValue(new Error("no photo"));
    await expect(new QueryClient().query(cropsOf(shown, PHOTO))).rejects.toThrow("no photo");
    expect(given).toHaveBeenCalledOnce();
    expect(back).toHaveBeenCalledExactlyOnceWith("blob:photo");
  });
});
