/** Starting a session of one's own subjects. One that exists already is opened instead. */

import { Button, NativeSelect, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconCamera } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";
import { type Overview, type Subject, subjects, useStartSession } from "../api/queries";
import { tellFailure } from "../ui/notices";
import { Failure } from "../ui/states";
import classes from "./today.module.css";

const LAST_PERIOD = 24;
const PERIODS = Array.from({ length: LAST_PERIOD }, (_, before) => String(before + 1));

interface Day {
  date: string;
  sessions: readonly Overview[];
}

export function StartSession(day: Day) {
  const own = useQuery(subjects);
  return (
    <Paper
      component="section"
      withBorder
      p="lg"
      radius="lg"
      className={classes.start}
      aria-labelledby="start"
    >
      <Title order={2} size="h4" id="start" mb="sm">
        Start a session
      </Title>
      {own.isPending && <Skeleton height={120} aria-label="Loading your subjects" />}
      {own.isError && !own.data && <Failure error={own.error} again={own.refetch} />}
      {own.data?.length === 0 && (
        <Text c="dimmed">You teach no subject yet. The school's office can add you to yours.</Text>
      )}
      {own.data && own.data.length > 0 && <StartForm {...day} own={own.data} />}
    </Paper>
  );
}

function StartForm({ date, sessions, own }: Day & { own: readonly Subject[] }) {
  const navigate = useNavigate();
  const start = useStartSession();
  const [subjectId, setSubjectId] = useState(own.length === 1 ? (own[0]?.id ?? "") : "");
  const [chosen, setChosen] = useState<number | null>(null);
  const period = chosen ?? nextPeriod(sessions, subjectId);

  const go = (sessionId: string) => navigate({ to: "/sessions/$sessionId", params: { sessionId } });
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!subjectId) return;
    const there = sessions.find(
      ({ session }) => session.subject_id === subjectId && session.period === period,
    );
    if (there) return go(there.session.id);
    try {
      const starts_at = new Date().toISOString();
      const session = await start.send({ subject_id: subjectId, date, period, starts_at });
      await go(session.id);
    } catch (error) {
      tellFailure(error);
    }
  };

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NativeSelect
          label="Subject"
          data={[
            ...(own.length > 1 ? [{ value: "", label: "Choose a subject", disabled: true }] : []),
            ...own.map(({ id, name, code }) => ({ value: id, label: `${name} (${code})` })),
          ]}
          value={subjectId}
          onChange={(event) => setSubjectId(event.currentTarget.value)}
          required
          withAsterisk={false}
        />
        <NativeSelect
          label="Period"
          data={PERIODS}
          value={period}
          onChange={(event) => setChosen(Number(event.currentTarget.value))}
        />
        <Button
          type="submit"
          leftSection={<IconCamera size={20} />}
          loading={start.isPending}
          disabled={!subjectId}
        >
          Take attendance
        </Button>
      </Stack>
    </form>
  );
}

/** The first period of the day in which this subject has no session yet. */
export function nextPeriod(sessions: readonly Overview[], subjectId: string): number {
  const taken = new Set(
    sessions.filter(({ session }) => session.subject_id === subjectId).map(({ session }) => session.period),
  );
  let period = 1;
  while (taken.has(period)) period += 1;
  return Math.min(period, LAST_PERIOD);
}
