/** Photos that were still on this device when their session was closed: what can become of them now. */

import { Alert, Button, Text } from "@mantine/core";
import { IconCloudOff } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { forgetPhoto, waitingPhotos } from "./outbox";

interface LeftBehindProps {
  userId: string;
  sessionId: string;
  canReopen: boolean;
}

export function LeftBehind({ userId, sessionId, canReopen }: LeftBehindProps) {
  const client = useQueryClient();
  const queryKey = ["outbox", userId, sessionId];
  const waiting = useQuery({ queryKey, queryFn: () => waitingPhotos(userId, sessionId), staleTime: 0 });
  const photos = waiting.data ?? [];
  if (photos.length === 0) return null;
  const forget = async () => {
    for (const { key } of photos) await forgetPhoto(key);
    await client.invalidateQueries({ queryKey });
  };
  const those = photos.length === 1 ? "it" : "them";
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconCloudOff />}
      title={
        photos.length === 1
          ? "A photo on this device was never sent"
          : `${photos.length} photos on this device were never sent`
      }
    >
      <Text size="sm">
        {canReopen
          ? `The session was closed before. Reopen it to send ${those}, or delete ${those}.`
          : "The session is closed for good: nothing more can be sent."}
      </Text>
      <Button mt="sm" size="sm" variant="default" onClick={forget}>
        Delete {those} from this device
      </Button>
    </Alert>
  );
}
