/** What a page shows while it has nothing to show: loading, empty, failed, not here. */

import { Anchor, Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCloudOff, IconRefresh } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { UnreachableError, wordsFor } from "../api/problems";
import classes from "./ui.module.css";

export function Loading({ label = "Loading", rows = 3 }: { label?: string; rows?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={88} radius="md" />
      ))}
    </Stack>
  );
}

export function Empty({ icon, title, children }: { icon: ReactNode; title: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <span className={classes.emptyIcon}>{icon}</span>
      <Text fw={600} size="lg">
        {title}
      </Text>
      {children}
    </Stack>
  );
}

/** A part of a page that could not be loaded, with the way to try again. */
export function Failure({ error, again }: { error: unknown; again: () => unknown }) {
  const away = error instanceof UnreachableError;
  return (
    <div role="alert">
      <Empty
        icon={away ? <IconCloudOff size={32} /> : <IconAlertTriangle size={32} />}
        title={away ? "Nothing to show just now" : "This couldn't be loaded"}
      >
        <Text c="dimmed" maw={360}>
          {wordsFor(error)}
        </Text>
        <Button mt="xs" variant="light" leftSection={<IconRefresh size={18} />} onClick={() => again()}>
          Try again
        </Button>
      </Empty>
    </div>
  );
}

export function PageLoading() {
  return (
    <main className={classes.lonely}>
      <Loading />
    </main>
  );
}

export function PageFailure({ error }: { error: unknown }) {
  const router = useRouter();
  const client = useQueryClient();
  const again = () => client.resetQueries().then(() => router.invalidate());
  return (
    <main className={classes.lonely}>
      <Failure error={error} again={again} />
    </main>
  );
}

/** A part of a page, or all of it, that there is not. */
export function NothingHere() {
  return (
    <Stack align="center" gap="xs" ta="center">
      <Title order={1} size="h3">
        There is no such page
      </Title>
      <Anchor component={Link} to="/">
        Today's sessions
      </Anchor>
    </Stack>
  );
}

export function NotHere() {
  return (
    <main className={classes.lonely}>
      <NothingHere />
    </main>
  );
}
