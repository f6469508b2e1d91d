/** Where a provider sends the browser back to: what it gave is taken out of the address and shown to the backend. */

import { Button, Loader, Stack } from "@mantine/core";
import { Link, useLocation, useParams, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { ApiError } from "../api/problems";
import { useSignInByReturn } from "../api/queries";
import { Entrance, Refusal } from "./Entrance";
import { recall } from "./next";

const DECLINED = new ApiError(403, { error_code: "PROVIDER_DECLINED" });

export function ReturnPage() {
  const { provider } = useParams({ from: "/sign-in/$provider" });
  const { searchStr, pathname } = useLocation();
  const [given] = useState(() => new URLSearchParams(searchStr));
  const router = useRouter();
  const { mutate, error } = useSignInByReturn(provider);
  const sent = useRef(false);
  const code = given.get("code");
  useEffect(() => {
    if (sent.current) return;
    sent.current = true;
    router.history.replace(pathname);
    if (code === null) return;
    mutate({ code, state: given.get("state") ?? "" }, { onSuccess: () => router.history.push(recall()) });
  }, [code, given, mutate, pathname, router]);

  const refusal = code === null ? DECLINED : error;
  if (refusal) {
    return (
      <Entrance name="Sign in" title="You are not signed in" lead="Nothing has changed.">
        <Stack gap="md">
          <Refusal error={refusal} />
          <Button component={Link} to="/sign-in" fullWidth>
            Back to sign in
          </Button>
        </Stack>
      </Entrance>
    );
  }
  return (
    <Entrance name="Sign in" title="Signing you in" lead="One moment.">
      <Stack align="center" role="status" aria-label="Signing you in">
        <Loader />
      </Stack>
    </Entrance>
  );
}
