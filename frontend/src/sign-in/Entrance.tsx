/** The frame of every page for somebody who is not signed in: the mark, what the page is for, and one card. */

import { Alert, Paper, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef } from "react";
import { wordsFor } from "../api/problems";
import { Logo } from "../ui/Logo";
import { ReachBanner } from "../ui/ReachBanner";
import classes from "./entrance.module.css";

interface EntranceProps {
  /** What the browser calls the page. */
  name: string;
  title: string;
  lead: ReactNode;
  children: ReactNode;
  below?: ReactNode;
}

export function Entrance({ name, title, lead, children, below }: EntranceProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const told = useRef(title);
  useEffect(() => {
    document.title = `${name} · Smart Attendance`;
  }, [name]);
  // When what one came for is done, the page says something else: those who listen are told by the heading.
  useEffect(() => {
    if (told.current !== title) heading.current?.focus();
    told.current = title;
  }, [title]);
  return (
    <main className={classes.page}>
      <div className={classes.reach}>
        <ReachBanner />
      </div>
      <Stack align="center" gap={6} mb="lg" ta="center">
        <Logo size={56} />
        <Title ref={heading} tabIndex={-1} order={1} size="h2">
          {title}
        </Title>
        <Text c="dimmed">{lead}</Text>
      </Stack>
      <Paper withBorder p="lg" radius="lg" className={classes.card}>
        {children}
      </Paper>
      {below && (
        <Text c="dimmed" size="sm" ta="center" mt="md">
          {below}
        </Text>
      )}
    </main>
  );
}

/** Why what was sent was refused, told aloud. */
export function Refusal({ error }: { error: unknown }) {
  if (error === null) return null;
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle />} role="alert">
      {wordsFor(error)}
    </Alert>
  );
}
