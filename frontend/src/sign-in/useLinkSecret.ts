/** The secret behind the # of a mailed link. It stays in this page's memory: the address bar loses it at once. */

import { useLocation, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/** Empty where the page was opened without one. */
export function useLinkSecret(): string {
  const router = useRouter();
  const { hash, pathname } = useLocation();
  const [secret, keep] = useState(hash);
  // Another link, opened in the same tab, changes nothing but the address.
  if (hash && hash !== secret) keep(hash);
  useEffect(() => {
    if (hash) router.history.replace(pathname);
  }, [hash, pathname, router]);
  return hash || secret;
}
