/** Where the mail to a new e-mail address leads: the address counts once its owner says so here, not when it opens. */

import { Button, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { hasCode } from "../api/problems";
import { useConfirmAddress } from "../api/queries";
import { Entrance, Refusal } from "./Entrance";
import { useLinkSecret } from "./useLinkSecret";

export function AddressPage() {
  const secret = useLinkSecret();
  if (secret === "") return <WithoutLink />;
  return <Confirming key={secret} secret={secret} />;
}

function WithoutLink() {
  return (
    <Entrance name="E-mail address" title="Your e-mail address" lead="It is confirmed by a link.">
      <Text>
        Open the link in the mail once more. If it is lost, ask for another, or let the school&rsquo;s office
        help.
      </Text>
    </Entrance>
  );
}

function Confirming({ secret }: { secret: string }) {
  const confirm = useConfirmAddress();
  const isOver = hasCode(confirm.error, "LINK_INVALID") || hasCode(confirm.error, "EMAIL_TAKEN");
  if (confirm.isSuccess) {
    return (
      <Entrance
        name="E-mail address"
        title="Your address is confirmed"
        lead={`From now on you sign in as ${confirm.data.email}.`}
      >
        <Stack gap="md">
          <Text>You stay signed in wherever you are.</Text>
          <Button component={Link} to="/" fullWidth>
            Go on
          </Button>
        </Stack>
      </Entrance>
    );
  }
  return (
    <Entrance
      name="E-mail address"
      title="Confirm your e-mail address"
      lead="You sign in with it, and the school writes to it."
    >
      <Stack gap="md">
        <Refusal error={confirm.error} />
        {isOver ? (
          <Button component={Link} to="/" variant="light" fullWidth>
            Go on without it
          </Button>
        ) : (
          <>
            <Text>Was it not you who asked for this? Then close this page: nothing changes.</Text>
            <Button fullWidth loading={confirm.isPending} onClick={() => confirm.send({ secret })}>
              Confirm the address
            </Button>
          </>
        )}
      </Stack>
    </Entrance>
  );
}
