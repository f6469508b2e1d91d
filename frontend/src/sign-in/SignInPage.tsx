/** Sign in, and go where one wanted to go. */

import { Alert, Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type SubmitEvent, useEffect, useRef } from "react";
import { wordsFor } from "../api/problems";
import { useSignIn } from "../api/queries";
import { Logo } from "../ui/Logo";
import { ReachBanner } from "../ui/ReachBanner";
import classes from "./SignInPage.module.css";

export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const signIn = useSignIn();
  const password = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = "Sign in · Smart Attendance";
  }, []);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const typed = (name: string) => given.get(name) as string;
    signIn.mutate(
      { email: typed("email"), password: typed("password") },
      {
        onSuccess: () => router.history.push(next),
        onError: () => {
          password.current?.focus();
          password.current?.select();
        },
      },
    );
  };

  return (
    <main className={classes.page}>
      <div className={classes.reach}>
        <ReachBanner />
      </div>
      <Stack align="center" gap={6} mb="lg">
        <Logo size={56} />
        <Title order={1} size="h2">
          Smart Attendance
        </Title>
        <Text c="dimmed">The register, from a photo of the class</Text>
      </Stack>
      <Paper withBorder p="lg" radius="lg" className={classes.card}>
        <form onSubmit={submit} aria-label="Sign in">
          <Stack gap="md">
            {signIn.isError && (
              <Alert color="red" variant="light" icon={<IconAlertTriangle />} role="alert">
                {wordsFor(signIn.error)}
              </Alert>
            )}
            <TextInput
              name="email"
              type="email"
              label="E-mail address"
              autoComplete="username"
              required
              withAsterisk={false}
            />
            <PasswordInput
              ref={password}
              name="password"
              label="Password"
              autoComplete="current-password"
              visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
              required
              withAsterisk={false}
            />
            <Button type="submit" fullWidth loading={signIn.isPending}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
      <Text c="dimmed" size="sm" ta="center" mt="md">
        No account, or the password is lost? The school's office can help.
      </Text>
    </main>
  );
}
