/** The camera over the whole screen: several photos in a row, each on its way as soon as it is taken. */

import { ActionIcon, Button, FileButton, Loader, Modal, Stack, Text } from "@mantine/core";
import { IconCameraOff, IconCameraRotate, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { tellTrouble } from "../ui/notices";
import classes from "./camera.module.css";
import { useCamera } from "./useCamera";

interface CameraViewProps {
  onPhoto: (photo: Blob) => void;
  onDone: () => void;
}

export default function CameraView({ onPhoto, onDone }: CameraViewProps) {
  const { video, state, reason, canTurn, turn, takePhoto } = useCamera();
  const [taken, setTaken] = useState(0);
  const [busy, setBusy] = useState(false);
  const shoot = async () => {
    setBusy(true);
    try {
      onPhoto(await takePhoto());
      setTaken((count) => count + 1);
    } catch {
      tellTrouble("The camera gave no picture. Try again, or leave it and choose a photo.");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      fullScreen
      onClose={onDone}
      withCloseButton={false}
      padding={0}
      title={<span className="visually-hidden">Camera</span>}
      styles={{ header: { minHeight: 0, height: 0, padding: 0 }, body: { height: "100dvh" } }}
    >
      <div className={classes.camera}>
        <video ref={video} className={classes.video} playsInline muted autoPlay />
        {state === "asking" && (
          <Stack className={classes.over} align="center">
            <Loader color="white" />
            <Text>Allow the camera, if you are asked</Text>
          </Stack>
        )}
        {state === "refused" && <Refused reason={reason} onPhoto={onPhoto} onDone={onDone} />}
        <ActionIcon
          className={classes.leave}
          color="dark"
          variant="filled"
          aria-label="Leave the camera"
          onClick={onDone}
        >
          <IconX size={24} />
        </ActionIcon>
        {state === "on" && (
          <div className={classes.controls}>
            <span className={classes.side}>
              {canTurn && (
                <ActionIcon color="dark" variant="filled" aria-label="The other camera" onClick={turn}>
                  <IconCameraRotate size={24} />
                </ActionIcon>
              )}
            </span>
            <button
              type="button"
              className={classes.shutter}
              aria-label="Take the photo"
              disabled={busy}
              data-autofocus
              onClick={shoot}
            />
            <span className={classes.side}>
              {taken > 0 && (
                <Button variant="white" color="dark" onClick={onDone}>
                  Done ({taken})
                </Button>
              )}
            </span>
          </div>
        )}
        <p role="status" className="visually-hidden">
          {taken > 0 && `${taken} ${taken === 1 ? "photo" : "photos"} taken`}
        </p>
      </div>
    </Modal>
  );
}

interface RefusedProps extends CameraViewProps {
  reason: string;
}

/** Where the page may not use the camera, the phone's own camera app still may. */
function Refused({ reason, onPhoto, onDone }: RefusedProps) {
  const given = (photo: File | null) => {
    if (photo) onPhoto(photo);
    onDone();
  };
  return (
    <Stack className={classes.over} align="center" role="alert">
      <IconCameraOff size={40} />
      <Text fw={600}>{reason}</Text>
      <Text size="sm">The camera app of this device works all the same.</Text>
      <FileButton
        onChange={given}
        accept="image/*"
        capture="environment"
        inputProps={{ "aria-label": "Photo from the camera app" }}
      >
        {(props) => (
          <Button {...props} variant="white" color="dark" data-autofocus>
            Open the camera app
          </Button>
        )}
      </FileButton>
    </Stack>
  );
}
