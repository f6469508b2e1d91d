import { screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import CameraView from "../../src/photos/CameraView";
import { show } from "../page";

/** A device with cameras, as far as a browser shows it. happy-dom has none. */
class Device {
  readonly stopped: string[] = [];
  readonly wanted: MediaStreamConstraints[] = [];
  refusal: string | null = null;

  constructor(private readonly cameras: number) {}

  getUserMedia(wanted: MediaStreamConstraints): Promise<MediaStream> {
    this.wanted.push(wanted);
    if (this.refusal !== null) return Promise.reject(new DOMException("refused", this.refusal));
    const name = `camera ${this.wanted.length}`;
    const track = { stop: () => this.stopped.push(name) };
    const stream = Object.assign(new MediaStream(), {
      getTracks: () => [track],
      getVideoTracks: () => [track],
    });
    return Promise.resolve(stream);
  }

  enumerateDevices(): Promise<Pick<MediaDeviceInfo, "kind">[]> {
    const cameras = Array.from({ length: this.cameras }, () => ({ kind: "videoinput" }) as const);
    return Promise.resolve([...cameras, { kind: "audioinput" }]);
  }
}

function aDevice(cameras = 1): Device {
  const device = new Device(cameras);
  Object.defineProperty(navigator, "mediaDevices", { value: device, configurable: true });
  return device;
}

function openCamera() {
  const photos: Blob[] = [];
  const done = vi.fn();
  return { photos, done, ...show(<CameraView onPhoto={(photo) => photos.push(photo)} onDone={done} />) };
}

/** What the viewfinder shows, drawn by a browser. */
function aPicture(picture: Blob | null = new Blob(["frame"], { type: "image/jpeg" })): void {
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue({ drawImage: vi.fn() } as never);
  vi.spyOn(HTMLCanvasElement.prototype, "toBlob").mockImplementation((given) => given(picture));
}

beforeEach(() => {
  aPicture();
  vi.spyOn(HTMLMediaElement.prototype, "srcObject", "set").mockReturnValue();
});

describe("the camera", () => {
  it("is the one at the back, as sharp as it can, and hears nothing", async () => {
    const device = aDevice();
    openCamera();
    await screen.findByRole("button", { name: "Take the photo" });
    expect(device.wanted).toEqual([
      { audio: false, video: { facingMode: "environment", width: { ideal: 4096 }, height: { ideal: 3072 } } },
    ]);
  });

  it("takes several photos in a row, each handed over at once", async () => {
    aDevice();
    const { user, photos, done } = openCamera();
    const shutter = await screen.findByRole("button", { name: "Take the photo" });
    await user.click(shutter);
    await waitFor(() => expect(photos).toHaveLength(1));
    await user.click(shutter);
    await waitFor(() => expect(photos).toHaveLength(2));
    expect(await photos[0]?.text()).toBe("frame");
    expect(await screen.findByText("2 photos taken")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Done (2)" }));
    expect(done).toHaveBeenCalledOnce();
  });

  it("gives its full resolution where the browser can ask for it", async () => {
    aDevice();
    const takePhoto = vi.fn(() => Promise.resolve(new Blob(["still"], { type: "image/jpeg" })));
    vi.stubGlobal(
      "ImageCapture",
      class {
        takePhoto = takePhoto;
      },
    );
    const { user, photos } = openCamera();
    await user.click(await screen.findByRole("button", { name: "Take the photo" }));
    await waitFor(() => expect(photos).toHaveLength(1));
    expect(await photos[0]?.text()).toBe("still");
  });

  it("gives what the viewfinder shows where that fails", async () => {
    aDevice();
    vi.stubGlobal(
      "ImageCapture",
      class {
        takePhoto = () => Promise.reject(new Error("no still"));
      },
    );
    const { user, photos } = openCamera();
    await user.click(await screen.findByRole("button", { name: "Take the photo" }));
    await waitFor(() => expect(photos).toHaveLength(1));
    expect(await photos[0]?.text()).toBe("frame");
  });

  it("that gives no picture says so, and can be tried again", async () => {
    aDevice();
    aPicture(null);
    const { user, photos } = openCamera();
    const shutter = await screen.findByRole<HTMLButtonElement>("button", { name: "Take the photo" });
    await user.click(shutter);
    expect((await screen.findByRole("alert")).textContent).toContain("gave no picture");
    expect([photos.length, shutter.disabled]).toEqual([0, false]);
  });

  it("is let go when it is left", async () => {
    const device = aDevice();
    const { user, done, unmount } = openCamera();
    await screen.findByRole("button", { name: "Take the photo" });
    await user.click(screen.getByRole("button", { name: "Leave the camera" }));
    expect(done).toHaveBeenCalledOnce();
    unmount();
    expect(device.stopped).toEqual(["camera 1"]);
  });
});

describe("a device with two cameras", () => {
  it("can use the other one, and lets go of the first", async () => {
    const device = aDevice(2);
    const { user } = openCamera();
    await user.click(await screen.findByRole("button", { name: "The other camera" }));
    await waitFor(() => expect(device.wanted).toHaveLength(2));
    expect(device.wanted[1]?.video).toMatchObject({ facingMode: "user" });
    expect(device.stopped).toEqual(["camera 1"]);
  });

  it("alone offers that", async () => {
    aDevice(1);
    openCamera();
    await screen.findByRole("button", { name: "Take the photo" });
    expect(screen.queryByRole("button", { name: "The other camera" })).toBeNull();
  });
});

describe("a camera that may not be used", () => {
  it.each([
    ["NotAllowedError", "This page may not use the camera"],
    ["NotFoundError", "No camera was found"],
    ["NotReadableError", "Another program uses the camera"],
    ["SomethingElse", "The camera can't be used here"],
  ])("for %s says why", async (refusal, words) => {
    aDevice().refusal = refusal;
    openCamera();
    expect((await screen.findByRole("alert")).textContent).toContain(words);
  });

  it("on a page that is not secure is none at all", async () => {
    Reflect.deleteProperty(navigator, "mediaDevices");
    openCamera();
    expect((await screen.findByRole("alert")).textContent).toContain("The camera can't be used here");
  });

  it("leaves the camera app of the device", async () => {
    aDevice().refusal = "NotAllowedError";
    const { user, photos, done } = openCamera();
    const given = await screen.findByLabelText<HTMLInputElement>("Photo from the camera app");
    expect([given.accept, given.getAttribute("capture")]).toEqual(["image/*", "environment"]);
    await user.upload(given, new File(["from the app"], "IMG_1.jpg", { type: "image/jpeg" }));
    expect(await photos[0]?.text()).toBe("from the app");
    expect(done).toHaveBeenCalledOnce();
  });
});
