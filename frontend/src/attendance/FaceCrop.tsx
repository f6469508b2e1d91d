/** A small picture of one face, or the initials of somebody who was not seen. */

import { useQuery } from "@tanstack/react-query";
import { type Capture, photoOf } from "../api/queries";
import classes from "./attendance.module.css";
import { cropsOf } from "./crops";

interface Crop {
  captures: readonly Capture[];
  captureId: string | null;
  index: number | null;
  name: string;
  size?: number;
}

export function FaceCrop({ captures, captureId, index, name, size = 44 }: Crop) {
  const capture = captures.find(({ id }) => id === captureId);
  const side = { width: size, height: size };
  if (!capture || index === null) {
    return (
      <span className={classes.initials} style={side} aria-hidden>
        {initialsOf(name)}
      </span>
    );
  }
  return <Picture capture={capture} index={index} name={name} size={size} />;
}

function Picture({ capture, index, size }: { capture: Capture; index: number; name: string; size: number }) {
  const photo = useQuery(photoOf(capture.id)).data ?? new Blob();
  const crops = useQuery({ ...cropsOf(capture, photo), enabled: photo.size > 0 }).data;
  const side = { width: size, height: size };
  const address = crops?.[index];
  // Beside it always stands a name or a question: the picture says nothing more to those who can't see it.
  return address ? (
    <img src={address} alt="" className={classes.crop} style={side} />
  ) : (
    <span className={classes.initials} style={side} aria-hidden />
  );
}

/** The first letters of the first and the last name. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => word?.[0]?.toLocaleUpperCase() ?? "").join("");
}
