/** Says that the network or the server is away, for as long as it is. */

import { IconCloudOff } from "@tabler/icons-react";
import { useReach } from "../api/connection";
import classes from "./ui.module.css";

const SAID = {
  offline: "This device is offline.",
  unreachable: "The school's server doesn't answer. Trying again by itself.",
};
const KEPT = "Photos you take are kept here and sent as soon as it is back.";

/** `photos`: whether somebody can take photos meanwhile. */
export function ReachBanner({ photos = false }: { photos?: boolean }) {
  const reach = useReach();
  return (
    <div role="status">
      {reach !== "online" && (
        <p className={classes.reach}>
          <IconCloudOff size={20} aria-hidden />
          {SAID[reach]} {photos && KEPT}
        </p>
      )}
    </div>
  );
}
