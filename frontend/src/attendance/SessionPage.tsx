/** One session: taking attendance while it is open, the register once it is closed. */

import { Stack, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { hasCode } from "../api/problems";
import { type Register, registerOf } from "../api/queries";
import { ClosedPage } from "../closed/ClosedPage";
import { shortDate } from "../ui/dates";
import { Failure, Loading, NothingHere } from "../ui/states";
import { AttendancePage } from "./AttendancePage";
import classes from "./attendance.module.css";

const route = getRouteApi("/signed-in/sessions/$sessionId");

export function SessionPage() {
  const { sessionId } = route.useParams();
  const { account } = route.useRouteContext();
  const register = useQuery(registerOf(sessionId));
  if (register.isPending) return <Loading label="Loading the register" rows={5} />;
  if (!register.data) {
    if (hasCode(register.error, "NOT_FOUND")) return <NothingHere />;
    return <Failure error={register.error} again={register.refetch} />;
  }
  return (
    <Stack gap="md">
      <Heading register={register.data} />
      {register.data.session.state === "open" ? (
        <AttendancePage register={register.data} account={account} />
      ) : (
        <ClosedPage register={register.data} account={account} />
      )}
    </Stack>
  );
}

function Heading({ register: { session, subject } }: { register: Register }) {
  useEffect(() => {
    document.title = `${subject.name} · Smart Attendance`;
  }, [subject.name]);
  return (
    <div className={classes.heading}>
      <Link to="/" className={classes.back} aria-label="Back to today's sessions">
        <IconArrowLeft size={24} />
      </Link>
      <div className={classes.title}>
        <Title order={1} size="h3" lineClamp={2}>
          {subject.name}
        </Title>
        <Text c="dimmed" size="sm">
          {subject.code} · period {session.period} · {shortDate(session.date)}
        </Text>
      </div>
    </div>
  );
}
