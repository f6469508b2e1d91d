/** Recognition is away: what happens to the photos, and how to go on without it. */

import { Alert, Button, Text } from "@mantine/core";
import { IconClockPause } from "@tabler/icons-react";
import { type CaptureSummary, isPending } from "../api/queries";

export function WaitingNotice({ captures }: { captures: readonly CaptureSummary[] }) {
  const waiting = captures.filter(isPending).length;
  const byHand = () => {
    const roster = document.getElementById("roster");
    roster?.scrollIntoView({ block: "start" });
    roster?.focus({ preventScroll: true });
  };
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconClockPause />}
      title={
        waiting === 1
          ? "Your photo is safe; recognition will follow"
          : "Your photos are safe; recognition will follow"
      }
      role="status"
    >
      <Text size="sm">
        Face recognition can't be reached just now. {waiting === 1 ? "The photo is" : `${waiting} photos are`}{" "}
        kept, and this page fills in by itself as soon as it is back. You needn't wait: mark the students by
        hand.
      </Text>
      <Button mt="sm" size="sm" variant="default" onClick={byHand}>
        Mark by hand
      </Button>
    </Alert>
  );
}
