/** Which address shows which page, and which of them need somebody signed in. */

import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  parseSearchWith,
  redirect,
  stringifySearchWith,
} from "@tanstack/react-router";
import { isSignedOut } from "../api/problems";
import { me } from "../api/queries";
import { SignInPage } from "../sign-in/SignInPage";
import { NotHere, PageFailure, PageLoading } from "../ui/states";
import { ownAddress } from "./address";
import { Shell } from "./Shell";

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotHere,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>) => ({ next: ownAddress(search.next) }),
  component: SignInPage,
});

const signInReturn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in/$provider",
  component: lazyRouteComponent(() => import("../sign-in/ReturnPage"), "ReturnPage"),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation",
  component: lazyRouteComponent(() => import("../sign-in/InvitationPage"), "InvitationPage"),
});

const passwordReset = createRoute({
  getParentRoute: () => root,
  path: "/password-reset",
  component: lazyRouteComponent(() => import("../sign-in/PasswordResetPage"), "PasswordResetPage"),
});

const email = createRoute({
  getParentRoute: () => root,
  path: "/email",
  component: lazyRouteComponent(() => import("../sign-in/AddressPage"), "AddressPage"),
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    try {
      return { account: await context.client.query({ ...me, staleTime: "static" }) };
    } catch (error) {
      if (isSignedOut(error)) throw redirect({ to: "/sign-in", search: { next: location.href } });
      throw error;
    }
  },
  component: Shell,
  errorComponent: PageFailure,
  pendingComponent: PageLoading,
});

const today = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  component: lazyRouteComponent(() => import("../today/TodayPage"), "TodayPage"),
});

const session = createRoute({
  getParentRoute: () => signedIn,
  path: "/sessions/$sessionId",
  component: lazyRouteComponent(() => import("../attendance/SessionPage"), "SessionPage"),
});

const routes = root.addChildren([
  signIn,
  signInReturn,
  invitation,
  passwordReset,
  email,
  signedIn.addChildren([today, session]),
]);

export function makeRouter(client: QueryClient) {
  const router = createRouter({
    routeTree: routes,
    // As text: a provider's code may look like a number, and would come out of one as another.
    parseSearch: parseSearchWith((text) => text),
    stringifySearch: stringifySearchWith(String),
    context: { client },
    defaultPreload: "intent",
    defaultPendingMs: 200,
    scrollRestoration: true,
  });
  // Whichever request learns that the session has ended, the person is asked to sign in and comes back to this page.
  client.getQueryCache().subscribe(({ query }) => {
    if (!isSignedOut(query.state.error) || !client.getQueryData(me.queryKey)) return;
    client.removeQueries({ queryKey: me.queryKey });
    void router.invalidate();
  });
  return router;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
