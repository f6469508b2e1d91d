/** Beside the password: by whom else one may sign in. Nothing where nobody is set up. */

import { Button, Divider, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { providers, useDeparture } from "../api/queries";
import { Refusal } from "./Entrance";
import { remember } from "./next";

export function ProviderButtons({ next }: { next: string }) {
  const known = useQuery(providers).data?.items ?? [];
  const departure = useDeparture();
  const leave = (provider: string) => {
    remember(next);
    departure.mutate(provider, { onSuccess: ({ address }) => window.location.assign(address) });
  };
  if (known.length === 0) return null;
  return (
    <Stack gap="md" mt="md">
      <Divider label="or" />
      <Refusal error={departure.error} />
      {known.map(({ id, name }) => (
        <Button
          key={id}
          variant="default"
          fullWidth
          loading={departure.isPending && departure.variables === id}
          onClick={() => leave(id)}
        >
          Sign in with {name}
        </Button>
      ))}
    </Stack>
  );
}
