/** The web app on a screen, the way `main.tsx` puts it there, and somebody who uses it. */

import { notifications } from "@mantine/notifications";
import { type QueryClient } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { afterEach } from "vitest";
import { makeQueryClient } from "../src/api/queries";
import { Providers } from "../src/app/Providers";
import { makeRouter } from "../src/app/router";
import { goTo } from "./window";

afterEach(() => notifications.clean());

/** A part of the app alone, on what every page stands on. */
export function show(element: ReactNode, client: QueryClient = makeQueryClient()) {
  return { user: userEvent.setup(), client, ...render(<Providers client={client}>{element}</Providers>) };
}

/** The whole app at an address of the page's own server. */
export function open(address: string) {
  goTo(new URL(address, location.origin).href);
  const client = makeQueryClient();
  return show(<RouterProvider router={makeRouter(client)} />, client);
}
