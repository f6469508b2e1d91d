/** The frame around every page of somebody signed in: who they are, the way home, and whether the server is there. */

import {
  ActionIcon,
  Button,
  type MantineColorScheme,
  SegmentedControl,
  Stack,
  Text,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconLogout, IconUserCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { me, useSignOut } from "../api/queries";
import { Logo } from "../ui/Logo";
import { tellFailure } from "../ui/notices";
import { ReachBanner } from "../ui/ReachBanner";
import { Sheet } from "../ui/Sheet";
import { useLastingFocus } from "../ui/useLastingFocus";
import classes from "./Shell.module.css";

const SCHEMES = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "auto", label: "As the device" },
];

const route = getRouteApi("/signed-in");

export function Shell() {
  useLastingFocus();
  useOneAccount();
  return (
    <>
      <a className={classes.skip} href="#main">
        Skip to the page
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <Link to="/" className={classes.brand}>
            <Logo size={28} />
            Smart Attendance
          </Link>
          <Account />
        </div>
        <ReachBanner photos />
      </header>
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}

/** Where somebody else has signed in from another tab, what is shown and remembered here is not theirs: start anew. */
function useOneAccount(): void {
  const shownTo = route.useRouteContext().account.id;
  const now = useQuery(me).data?.id;
  useEffect(() => {
    if (now !== undefined && now !== shownTo) window.location.reload();
  }, [now, shownTo]);
}

function Account() {
  const account = useQuery(me).data;
  const [opened, sheet] = useDisclosure(false);
  const router = useRouter();
  const signOut = useSignOut();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const leave = () =>
    signOut
      .mutateAsync()
      .then(() => router.navigate({ to: "/sign-in", search: { next: "/" } }))
      .catch(tellFailure);
  return (
    <>
      <ActionIcon aria-label="Your account" color="gray" onClick={sheet.open}>
        <IconUserCircle size={26} />
      </ActionIcon>
      <Sheet opened={opened} onClose={sheet.close} title={account?.name}>
        <Stack gap="md">
          <Text c="dimmed">
            {account?.email}, {account?.role}
          </Text>
          <SegmentedControl
            fullWidth
            aria-label="Colours"
            data={SCHEMES}
            value={colorScheme}
            onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}
          />
          <Button
            variant="default"
            leftSection={<IconLogout size={20} />}
            loading={signOut.isPending}
            onClick={leave}
          >
            Sign out
          </Button>
        </Stack>
      </Sheet>
    </>
  );
}
