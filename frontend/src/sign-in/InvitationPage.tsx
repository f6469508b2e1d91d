/** Where an invitation leads: choose a name and a password, and have an account. */

import { Button, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type SubmitEvent, useRef } from "react";
import { useAcceptInvitation } from "../api/queries";
import { Entrance, Refusal } from "./Entrance";
import { NewPassword, selectAll } from "./NewPassword";
import { typed } from "./typed";
import { useLinkSecret } from "./useLinkSecret";

export function InvitationPage() {
  const secret = useLinkSecret();
  if (secret === "") return <WithoutLink />;
  return <Invited key={secret} secret={secret} />;
}

function WithoutLink() {
  return (
    <Entrance name="Invitation" title="Your invitation" lead="It comes with a link.">
      <Text>
        Open the link of your invitation once more. If it is lost, the school&rsquo;s office can send another.
      </Text>
    </Entrance>
  );
}

function Invited({ secret }: { secret: string }) {
  const accept = useAcceptInvitation();
  const password = useRef<HTMLInputElement>(null);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = { secret, ...typed(event.currentTarget, "name", "password") };
    accept.send(given, () => selectAll(password.current));
  };
  if (accept.isSuccess) {
    return (
      <Entrance name="Welcome" title="Your account is ready" lead={`Sign in as ${accept.data.email}.`}>
        <Button component={Link} to="/sign-in" fullWidth>
          Go to sign in
        </Button>
      </Entrance>
    );
  }
  return (
    <Entrance name="Invitation" title="Welcome" lead="Your school invites you to Smart Attendance.">
      <form onSubmit={submit} aria-label="Your account">
        <Stack gap="md">
          <Refusal error={accept.error} />
          <TextInput
            name="name"
            label="Your name"
            description="As others at school know it."
            autoComplete="name"
            maxLength={200}
            required
            withAsterisk={false}
          />
          <NewPassword ref={password} />
          <Button type="submit" fullWidth loading={accept.isPending}>
            Create the account
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}
