/** The last look before the register is written: who will be what, and what is still open. */

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconChecks } from "@tabler/icons-react";
import { isPending, type Register, type RegisterRow, useCloseSession } from "../api/queries";
import { tellFailure } from "../ui/notices";
import { Sheet } from "../ui/Sheet";
import { groupsOf } from "./faces";

interface CloseDialogProps {
  register: Register;
  /** Photos that are still on this device. */
  unsent: number;
  opened: boolean;
  onDone: () => void;
}

export function CloseDialog({ register, unsent, opened, onDone }: CloseDialogProps) {
  const close = useCloseSession(register.session.id);
  const { unsure, unmarked, here, away } = groupsOf(register.students);
  const absent = [...unsure, ...unmarked];
  const confirm = () => close.send(register.session.version).then(onDone).catch(tellFailure);
  return (
    <Sheet opened={opened} onClose={onDone} title="Close the session?">
      <Stack gap="md">
        <Text>
          <strong>{here.length}</strong> of {register.students.length} are here
          {away.length > 0 && `, ${away.length} marked away`}.
        </Text>
        {absent.length > 0 && (
          <Text>
            <strong>{absent.length}</strong> will be written down as <strong>absent</strong>:{" "}
            {namesOf(absent)}.
          </Text>
        )}
        <OpenEnds unsure={unsure} photos={unsent + register.captures.filter(isPending).length} />
        <Text size="sm" c="dimmed">
          You can reopen it for 24 hours.
        </Text>
        <Group grow>
          <Button variant="default" onClick={onDone}>
            Not yet
          </Button>
          <Button
            data-autofocus
            leftSection={<IconChecks size={20} />}
            loading={close.isPending}
            onClick={confirm}
          >
            Close it
          </Button>
        </Group>
      </Stack>
    </Sheet>
  );
}

function OpenEnds({ unsure, photos }: { unsure: readonly RegisterRow[]; photos: number }) {
  if (unsure.length === 0 && photos === 0) return null;
  return (
    <Alert color="yellow" variant="light" icon={<IconAlertTriangle />}>
      <Stack gap={4}>
        {unsure.length > 0 && (
          <Text size="sm">
            {namesOf(unsure)} {unsure.length === 1 ? "was" : "were"} perhaps seen. Confirm first, or they
            count as absent.
          </Text>
        )}
        {photos > 0 && (
          <Text size="sm">
            {photos === 1 ? "A photo is" : `${photos} photos are`} not recognised yet and will not change the
            register once it is closed.
          </Text>
        )}
      </Stack>
    </Alert>
  );
}

const MOST_NAMES = 6;

export function namesOf(rows: readonly RegisterRow[]): string {
  const names = rows.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = rows.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}
