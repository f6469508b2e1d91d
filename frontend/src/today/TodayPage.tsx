/** The day's sessions of whoever is signed in, and the way to start one. */

import { Stack, Text, Title } from "@mantine/core";
import { IconCalendarOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Me, me, type Overview, today } from "../api/queries";
import { UnsentNotice } from "../photos/UnsentNotice";
import { longDate } from "../ui/dates";
import { Empty, Failure, Loading } from "../ui/states";
import { SessionCard } from "./SessionCard";
import { StartSession } from "./StartSession";
import classes from "./today.module.css";

function nameOf({ session, subject }: Overview): [string, string] {
  return [session.id, `${subject.name}, period ${session.period}`];
}

export function TodayPage() {
  const account = useQuery(me).data;
  useEffect(() => {
    document.title = "Today · Smart Attendance";
  }, []);
  return (
    <Stack gap="lg">
      <div>
        <Title order={1} size="h2">
          Today
        </Title>
        <Text c="dimmed">{account && longDate(account.institution.today)}</Text>
      </div>
      {account && <Day account={account} />}
    </Stack>
  );
}

function Day({ account }: { account: Me }) {
  const sessions = useQuery(today);
  if (sessions.isPending) return <Loading label="Loading today's sessions" />;
  if (!sessions.data) return <Failure error={sessions.error} again={sessions.refetch} />;
  return (
    <div className={classes.columns}>
      <section aria-labelledby="sessions-heading">
        <h2 id="sessions-heading" className="visually-hidden">
          Sessions
        </h2>
        <UnsentNotice userId={account.id} names={new Map(sessions.data.map(nameOf))} />
        {sessions.data.length === 0 ? (
          <Empty icon={<IconCalendarOff size={32} />} title="No session yet today">
            <Text c="dimmed">Start one when your class is there.</Text>
          </Empty>
        ) : (
          <ul className={classes.sessions}>
            {inOrder(sessions.data).map((overview) => (
              <SessionCard
                key={overview.session.id}
                overview={overview}
                zone={account.institution.time_zone}
              />
            ))}
          </ul>
        )}
      </section>
      <StartSession date={account.institution.today} sessions={sessions.data} />
    </div>
  );
}

/** As the day goes. */
function inOrder(sessions: readonly Overview[]): Overview[] {
  return [...sessions].sort(
    (one, other) =>
      one.session.period - other.session.period || one.subject.name.localeCompare(other.subject.name),
  );
}
