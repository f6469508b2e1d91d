/** Photos that never left this device: which sessions they belong to, so that somebody opens those and they are sent. */

import { Alert, Anchor, List, Text } from "@mantine/core";
import { IconCloudUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { waitingPhotos } from "./outbox";

interface UnsentNoticeProps {
  userId: string;
  /** The names of the sessions that are known here. */
  names: ReadonlyMap<string, string>;
}

export function UnsentNotice({ userId, names }: UnsentNoticeProps) {
  const waiting = useQuery({
    queryKey: ["outbox", userId],
    queryFn: () => waitingPhotos(userId),
    staleTime: 0,
  });
  const sessions = [...new Set((waiting.data ?? []).map(({ sessionId }) => sessionId))];
  if (sessions.length === 0) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconCloudUp />}
      title="Photos on this device are not sent yet"
    >
      <Text size="sm">Open their session to send them.</Text>
      <List size="sm" mt={4}>
        {sessions.map((sessionId) => (
          <List.Item key={sessionId}>
            <Anchor component={Link} to={`/sessions/${sessionId}`} underline="always" c="inherit">
              {names.get(sessionId) ?? "A session of another day"}
            </Anchor>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
