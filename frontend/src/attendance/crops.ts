/** Small pictures of faces, cut out of a photo once. The whole photo stays decoded no longer than that takes. */

import { queryOptions } from "@tanstack/react-query";
import type { Capture, Face } from "../api/queries";

export const CROP_PIXELS = 112;
/** How much of the surroundings is shown, in face sizes: enough for hair and chin. */
const MARGIN = 0.35;

export interface Square {
  left: number;
  top: number;
  side: number;
}

/** The square around a face in pixels of the photo, moved inside it where it would stick out. */
export function squareAround(box: Face["location"], width: number, height: number): Square {
  const wanted = Math.max(box.right - box.left, box.bottom - box.top) * (1 + 2 * MARGIN);
  const side = Math.min(wanted, width, height);
  const within = (centre: number, most: number) => Math.min(Math.max(centre - side / 2, 0), most - side);
  return {
    left: within((box.left + box.right) / 2, width),
    top: within((box.top + box.bottom) / 2, height),
    side,
  };
}

/** For each face of a recognised capture, by its index, a picture as a data address. */
export function cropsOf(capture: Capture, photo: Blob) {
  return queryOptions({
    queryKey: ["crops", capture.id],
    queryFn: () => cutOut(capture, photo),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
}

async function cutOut(capture: Capture, photo: Blob): Promise<Record<number, string>> {
  const address = URL.createObjectURL(photo);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    // What is shown may be smaller than what was recognised.
    const scale = image.naturalWidth / (capture.width ?? image.naturalWidth);
    const crops = (capture.faces ?? []).map((face) => [face.index, cropOf(image, face, scale)] as const);
    return Object.fromEntries(crops);
  } finally {
    URL.revokeObjectURL(address);
  }
}

function cropOf(image: HTMLImageElement, face: Face, scale: number): string {
  const { left, top, side } = squareAround(
    face.location,
    image.naturalWidth / scale,
    image.naturalHeight / scale,
  );
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = CROP_PIXELS;
  const from = [left * scale, top * scale, side * scale, side * scale] as const;
  canvas.getContext("2d")?.drawImage(image, ...from, 0, 0, CROP_PIXELS, CROP_PIXELS);
  return canvas.toDataURL("image/jpeg", 0.85);
}
