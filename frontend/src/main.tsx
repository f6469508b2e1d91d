import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/global.css";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { isSignedOut } from "./api/problems";
import { makeQueryClient, me } from "./api/queries";
import { Providers } from "./app/Providers";
import { makeRouter } from "./app/router";

const client = makeQueryClient();
const router = makeRouter(client);

// Whichever request learns that the session has ended, the person is asked to sign in and comes back to this page.
client.getQueryCache().subscribe(({ query }) => {
  if (!isSignedOut(query.state.error) || !client.getQueryData(me.queryKey)) return;
  client.removeQueries({ queryKey: me.queryKey });
  void router.invalidate();
});

const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <Providers client={client}>
        <RouterProvider router={router} />
      </Providers>
    </StrictMode>,
  );
}
