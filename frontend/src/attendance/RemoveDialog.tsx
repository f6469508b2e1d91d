/** Taking a photo back: the wrong class, a slip of the finger, or somebody who minds. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useRemoveCapture } from "../api/queries";
import { Sheet } from "../ui/Sheet";
import { tellDone, tellFailure } from "../ui/notices";

interface RemoveDialogProps {
  sessionId: string;
  captureId: string | null;
  onDone: () => void;
}

export function RemoveDialog({ sessionId, captureId, onDone }: RemoveDialogProps) {
  const remove = useRemoveCapture(sessionId);
  const confirm = async () => {
    if (!captureId) return;
    try {
      await remove.send(captureId);
      tellDone("The photo is gone.");
      onDone();
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <Sheet opened={captureId !== null} onClose={onDone} title="Remove this photo?">
      <Stack gap="md">
        <Text>
          It is deleted for good, with what it says about the students and what you decided on its faces.
          Marks you made by hand stay.
        </Text>
        <Group grow>
          <Button variant="default" data-autofocus onClick={onDone}>
            Keep it
          </Button>
          <Button
            color="red.9"
            leftSection={<IconTrash size={20} />}
            loading={remove.isPending}
            onClick={confirm}
          >
            Remove it
          </Button>
        </Group>
      </Stack>
    </Sheet>
  );
}
