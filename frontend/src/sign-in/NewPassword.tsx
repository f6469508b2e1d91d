/** The field in which somebody chooses a password, with the rules it is held to. */

import { PasswordInput } from "@mantine/core";
import type { Ref } from "react";

const SHORTEST = 10;
const RULES =
  `At least ${SHORTEST} characters. A few words that have nothing to do with each other are good; ` +
  "your name, your address and what everybody uses are not.";

export function NewPassword({ ref }: { ref: Ref<HTMLInputElement> }) {
  return (
    <PasswordInput
      ref={ref}
      name="password"
      label="New password"
      description={RULES}
      descriptionProps={{ mb: "xs" }}
      autoComplete="new-password"
      minLength={SHORTEST}
      maxLength={256}
      visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
      required
      withAsterisk={false}
    />
  );
}

/** Ready to be typed anew. */
export function selectAll(field: HTMLInputElement | null): void {
  field?.focus();
  field?.select();
}
