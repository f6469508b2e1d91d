/** A lost password: ask for a link, and, where one comes back with it, choose another password. */

import { Anchor, Button, Stack } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type SubmitEvent, useRef } from "react";
import { hasCode } from "../api/problems";
import { useAskForReset, useResetPassword } from "../api/queries";
import { AddressField } from "./AddressField";
import { Entrance, Refusal } from "./Entrance";
import { NewPassword, selectAll } from "./NewPassword";
import { typed } from "./typed";
import { useLinkSecret } from "./useLinkSecret";

const BACK = (
  <Anchor component={Link} to="/sign-in">
    Back to sign in
  </Anchor>
);

export function PasswordResetPage() {
  const secret = useLinkSecret();
  return secret === "" ? <Asking /> : <Choosing key={secret} secret={secret} />;
}

function Asking() {
  const ask = useAskForReset();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.send(typed(event.currentTarget, "email"));
  };
  if (ask.isSuccess) {
    return (
      <Entrance
        name="Look into your mail"
        title="Look into your mail"
        lead="If there is an account with this address, a link is on its way. It is good for one hour."
        below={BACK}
      >
        Nothing came? Look among the unwanted mail, or ask the school&rsquo;s office: it can make a link too.
      </Entrance>
    );
  }
  return (
    <Entrance
      name="New password"
      title="Forgotten the password?"
      lead="We send you a link by which you choose another."
      below={BACK}
    >
      <form onSubmit={submit} aria-label="Ask for a link">
        <Stack gap="md">
          <Refusal error={ask.error} />
          <AddressField />
          <Button type="submit" fullWidth loading={ask.isPending}>
            Send the link
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}

function Choosing({ secret }: { secret: string }) {
  const reset = useResetPassword();
  const password = useRef<HTMLInputElement>(null);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = { secret, ...typed(event.currentTarget, "password") };
    reset.send(given, () => selectAll(password.current));
  };
  if (reset.isSuccess) {
    return (
      <Entrance
        name="New password"
        title="Your password is changed"
        lead="Wherever you were signed in, you are signed out now."
      >
        <Button component={Link} to="/sign-in" fullWidth>
          Go to sign in
        </Button>
      </Entrance>
    );
  }
  return (
    <Entrance
      name="New password"
      title="Choose a new password"
      lead="The link can be used once."
      below={BACK}
    >
      <form onSubmit={submit} aria-label="Choose a new password">
        <Stack gap="md">
          <Refusal error={reset.error} />
          {hasCode(reset.error, "LINK_INVALID") && (
            <Button component="a" href="/password-reset" variant="light" fullWidth>
              Ask for another link
            </Button>
          )}
          <NewPassword ref={password} />
          <Button type="submit" fullWidth loading={reset.isPending}>
            Change the password
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}
