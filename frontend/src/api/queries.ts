/** Everything the pages read and write, under one name each. */

import {
  keepPreviousData,
  QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, dataOf, newKey, type Schemas } from "./client";
import { UnreachableError } from "./problems";

export type Me = Schemas["Me"];
export type Overview = Schemas["SessionOverview"];
export type Subject = Schemas["SubjectView"];
export type Register = Schemas["Register"];
export type RegisterRow = Schemas["RegisterRow"];
export type Capture = Schemas["CaptureView"];
export type CaptureSummary = Schemas["CaptureSummary"];
export type Face = Schemas["FaceView"];
export type Status = Schemas["Attendance"];

const PENDING_POLL_MS = 1_000;
/** Somebody else may change what is looked at: another teacher, or the same one on another device. */
const OTHERS_POLL_MS = 10_000;
const PENDING = new Set(["received", "leased"]);

export function isPending(capture: Pick<CaptureSummary, "state">): boolean {
  return PENDING.has(capture.state);
}

/** Only silence is asked again: an answer, even a no, is an answer. */
function mayRetry(count: number, error: Error): boolean {
  return error instanceof UnreachableError && count < 3;
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // What `online` means is decided by answers, not by the browser's guess.
      queries: { retry: mayRetry, networkMode: "always", staleTime: 5_000 },
      mutations: { retry: mayRetry, networkMode: "always" },
    },
  });
}

/** Every row of a paginated list. */
async function every<Row>(
  page: (cursor: string | undefined) => Promise<{ items: Row[]; next_cursor?: string | null | undefined }>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const { items, next_cursor } = await page(cursor);
    rows.push(...items);
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

function asked(cursor: string | undefined): { limit: number; cursor?: string } {
  return { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
}

/** Who is signed in, and what day it is there. Both may change while a page is open: by another tab, or by midnight. */
export const me = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => dataOf(api.GET("/api/v1/me", { signal })),
  refetchInterval: 30_000,
});

export const today = queryOptions({
  queryKey: ["today"],
  queryFn: ({ signal }) =>
    every((cursor) =>
      dataOf(api.GET("/api/v1/sessions/overview", { signal, params: { query: asked(cursor) } })),
    ),
  refetchInterval: 30_000,
});

export const subjects = queryOptions({
  queryKey: ["subjects"],
  queryFn: ({ signal }) =>
    every((cursor) => dataOf(api.GET("/api/v1/subjects", { signal, params: { query: asked(cursor) } }))),
  staleTime: 60_000,
});

export function registerOf(sessionId: string) {
  return queryOptions({
    queryKey: ["register", sessionId],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/v1/sessions/{session_id}/register", {
          signal,
          params: { path: { session_id: sessionId } },
        }),
      ),
    // A photo that is still worked on fills in by itself, also after the recognition was away for an hour.
    refetchInterval: ({ state }) => (state.data?.captures.some(isPending) ? PENDING_POLL_MS : OTHERS_POLL_MS),
  });
}

/** The recognised captures of a register, as of its version: every decision makes a new one. */
export function capturesOf({ session, captures }: Register) {
  const ids = captures.filter(({ state }) => state === "recognised").map(({ id }) => id);
  return queryOptions({
    queryKey: ["captures", session.id, session.version, ids],
    queryFn: ({ signal }) =>
      Promise.all(
        ids.map((id) =>
          dataOf(api.GET("/api/v1/captures/{capture_id}", { signal, params: { path: { capture_id: id } } })),
        ),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    placeholderData: keepPreviousData,
  });
}

/** The photo itself, kept in memory as long as it is looked at and nowhere else. */
export function photoOf(captureId: string) {
  return queryOptions({
    queryKey: ["photo", captureId],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/v1/captures/{capture_id}/photo", {
          signal,
          params: { path: { capture_id: captureId } },
          parseAs: "blob",
        }) as Promise<{ data?: Blob }>,
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

/** A write, repeated under one key until it is answered, after which the register is read anew. */
function useWrite<Given, Answer>(
  sessionId: string | null,
  write: (given: Given, key: string) => Promise<Answer>,
) {
  const client = useQueryClient();
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["today"] }),
      sessionId && client.invalidateQueries({ queryKey: ["register", sessionId] }),
    ]);
  const { mutateAsync, isPending } = useMutation({
    mutationFn: ({ given, key }: { given: Given; key: string }) => write(given, key),
    // After a failure too: a conflict means that what is shown is old.
    onSettled: refresh,
  });
  return { isPending, send: (given: Given) => mutateAsync({ given, key: newKey() }) };
}

export function useStartSession() {
  return useWrite(null, (given: Schemas["NewSession"], key) =>
    dataOf(api.POST("/api/v1/sessions", { body: given, headers: { "Idempotency-Key": key } })),
  );
}

export interface FaceDecision {
  captureId: string;
  faceIndex: number;
  studentId: string | null;
}

export function useDecideFace(sessionId: string) {
  return useWrite(sessionId, (given: FaceDecision, key) =>
    dataOf(
      api.PUT("/api/v1/captures/{capture_id}/faces/{face_index}", {
        params: { path: { capture_id: given.captureId, face_index: given.faceIndex } },
        headers: { "Idempotency-Key": key },
        body: { student_id: given.studentId },
      }),
    ),
  );
}

/** Take a photo back, with all that was decided on it. */
export function useRemoveCapture(sessionId: string) {
  return useWrite(sessionId, (captureId: string, key) =>
    dataOf(
      api.DELETE("/api/v1/captures/{capture_id}", {
        params: { path: { capture_id: captureId } },
        headers: { "Idempotency-Key": key },
      }),
    ),
  );
}

export interface StudentMark {
  studentId: string;
  status: Status;
  reason: string | null;
}

export function useMarkStudent(sessionId: string) {
  return useWrite(sessionId, ({ studentId, ...mark }: StudentMark, key) =>
    dataOf(
      api.PUT("/api/v1/sessions/{session_id}/marks/{student_id}", {
        params: { path: { session_id: sessionId, student_id: studentId } },
        headers: { "Idempotency-Key": key },
        body: mark,
      }),
    ),
  );
}

/** Close the session as it was looked at: whoever changed it since is not overruled unseen. */
export function useCloseSession(sessionId: string) {
  return useWrite(sessionId, (version: number, key) =>
    dataOf(
      api.POST("/api/v1/sessions/{session_id}/close", {
        params: { path: { session_id: sessionId } },
        headers: { "Idempotency-Key": key, "If-Match": `"${version}"` },
      }),
    ),
  );
}

export function useReopenSession(sessionId: string) {
  return useWrite(sessionId, (_given: null, key) =>
    dataOf(
      api.POST("/api/v1/sessions/{session_id}/reopen", {
        params: { path: { session_id: sessionId } },
        headers: { "Idempotency-Key": key },
      }),
    ),
  );
}

/** By whom one may sign in beside a password. */
export const providers = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => dataOf(api.GET("/api/v1/auth/providers", { signal })),
  staleTime: 60_000,
});

/** Where to send this browser to be signed in. */
export function useDeparture() {
  return useMutation({
    mutationFn: (provider: string) =>
      dataOf(
        api.POST("/api/v1/auth/providers/{provider_id}/departure", {
          params: { path: { provider_id: provider } },
        }),
      ),
  });
}

export function useSignIn() {
  return useSigningIn(
    (given: Schemas["SignIn"]) => dataOf(api.POST("/api/v1/auth/browser", { body: given })),
    mayRetry,
  );
}

/** What came back with is good for one try: it is not sent again where no answer came. */
export function useSignInByReturn(provider: string) {
  return useSigningIn(
    (body: Schemas["Return"]) =>
      dataOf(
        api.POST("/api/v1/auth/providers/{provider_id}/return", {
          params: { path: { provider_id: provider } },
          body,
        }),
      ),
    false,
  );
}

function useSigningIn<Given>(sign: (given: Given) => Promise<Me>, retry: typeof mayRetry | false) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: sign,
    retry,
    onSuccess: (account) => {
      // Whatever somebody else left in memory is not for this person.
      client.clear();
      client.setQueryData(me.queryKey, account);
    },
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => dataOf(api.DELETE("/api/v1/auth/browser")),
    onSuccess: () => client.clear(),
  });
}

/** A change by somebody who is not signed in, repeated under one key until it is answered. */
function useOnce<Given, Answer>(
  write: (given: Given, headers: { "Idempotency-Key": string }) => Promise<Answer>,
) {
  const { mutate, ...told } = useMutation({
    mutationFn: ({ given, key }: { given: Given; key: string }) => write(given, { "Idempotency-Key": key }),
  });
  return {
    ...told,
    send: (given: Given, onError?: () => void) => mutate({ given, key: newKey() }, onError && { onError }),
  };
}

export function useAcceptInvitation() {
  return useOnce((body: Schemas["Acceptance"], headers) =>
    dataOf(api.POST("/api/v1/invitations/accept", { body, headers })),
  );
}

export function useAskForReset() {
  return useOnce((body: Schemas["AskedReset"], headers) =>
    dataOf(api.POST("/api/v1/auth/password-reset", { body, headers })),
  );
}

export function useConfirmAddress() {
  return useOnce((body: Schemas["GivenLink"], headers) =>
    dataOf(api.POST("/api/v1/auth/email/confirm", { body, headers })),
  );
}

export function useResetPassword() {
  return useOnce((body: Schemas["ResetPassword"], headers) =>
    dataOf(api.POST("/api/v1/auth/password-reset/complete", { body, headers })),
  );
}
