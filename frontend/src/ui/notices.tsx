/** Short notices that come and go. What a person must act on is said in the page instead. */

import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { wordsFor } from "../api/problems";

export function tellFailure(error: unknown): void {
  tellTrouble(wordsFor(error));
}

export function tellTrouble(message: string): void {
  notifications.show({ color: "red", icon: <IconAlertTriangle size={18} />, message, role: "alert" });
}

export function tellDone(message: string): void {
  notifications.show({ color: "teal", icon: <IconCheck size={18} />, message });
}
