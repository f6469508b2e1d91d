/** What a teacher does next, always within reach of the thumb. */

import { ActionIcon, Button, FileButton } from "@mantine/core";
import { IconCamera, IconPhotoPlus } from "@tabler/icons-react";
import { useRef } from "react";
import type { RegisterRow } from "../api/queries";
import classes from "./attendance.module.css";

/** Without `image/heic` a phone would turn its photos into JPEG first, and lose time and sharpness. */
export const PHOTO_TYPES = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif";

interface Actions {
  /** With a photo there, closing is what comes next, and another photo the exception. */
  hasPhotos: boolean;
  students: readonly RegisterRow[];
  onCamera: () => void;
  onFiles: (photos: readonly Blob[]) => void;
  onClose: () => void;
}

export function ActionBar({ students, hasPhotos, onCamera, onFiles, onClose }: Actions) {
  const forget = useRef<() => void>(null);
  const chosen = (photos: readonly Blob[]) => {
    onFiles(photos);
    // Or the same file could not be chosen a second time.
    forget.current?.();
  };
  const here = students.filter(({ status }) => status === "present" || status === "late").length;
  return (
    <div className={classes.actions} role="group" aria-label="What to do next">
      <div className={classes.actionsRow}>
        <Button
          variant={hasPhotos ? "light" : "filled"}
          leftSection={<IconCamera size={20} />}
          onClick={onCamera}
          className={classes.mainAction}
        >
          Take a photo
        </Button>
        <FileButton
          onChange={chosen}
          resetRef={forget}
          accept={PHOTO_TYPES}
          multiple
          inputProps={{ "aria-label": "Photo files" }}
        >
          {(props) => (
            <ActionIcon {...props} variant="light" aria-label="Choose photo files">
              <IconPhotoPlus size={22} />
            </ActionIcon>
          )}
        </FileButton>
        <Button variant={hasPhotos ? "filled" : "default"} onClick={onClose}>
          Close
          <span className={classes.wideOnly}>&nbsp;the session</span>
        </Button>
      </div>
      <p className={classes.tally}>
        {here} of {students.length} here
      </p>
    </div>
  );
}
