/** Sign in, and go where one wanted to go. */

import { Anchor, Button, PasswordInput, Stack } from "@mantine/core";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { type SubmitEvent, useRef } from "react";
import { useSignIn } from "../api/queries";
import { AddressField } from "./AddressField";
import { Entrance, Refusal } from "./Entrance";
import { ProviderButtons } from "./ProviderButtons";
import { selectAll } from "./NewPassword";
import { typed } from "./typed";

export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const signIn = useSignIn();
  const password = useRef<HTMLInputElement>(null);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    signIn.mutate(typed(event.currentTarget, "email", "password"), {
      onSuccess: () => router.history.push(next),
      onError: () => selectAll(password.current),
    });
  };

  return (
    <Entrance
      name="Sign in"
      title="Smart Attendance"
      lead="The register, from a photo of the class"
      below={
        <>
          <Anchor component={Link} to="/password-reset">
            Forgotten the password?
          </Anchor>
          <br />
          No account? The school&rsquo;s office can help.
        </>
      }
    >
      <form onSubmit={submit} aria-label="Sign in">
        <Stack gap="md">
          <Refusal error={signIn.error} />
          <AddressField />
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
      <ProviderButtons next={next} />
    </Entrance>
  );
}
