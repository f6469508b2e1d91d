/** The field for the address by which somebody signs in. */

import { TextInput } from "@mantine/core";

export function AddressField() {
  return (
    <TextInput
      name="email"
      type="email"
      label="E-mail address"
      autoComplete="username"
      required
      withAsterisk={false}
    />
  );
}
