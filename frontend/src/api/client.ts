/** The one way to the backend: typed by its OpenAPI, with failures as two kinds of error and nothing else. */

import createClient, { type Middleware } from "openapi-fetch";
import { connection } from "./connection";
import { ApiError, problemOf, UnreachableError } from "./problems";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export const API = "/api/v1";

const UNSAFE = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** A key that makes a repeated write the same write. `randomUUID` is missing on pages that are not secure. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

const failures: Middleware = {
  onRequest({ request }) {
    if (UNSAFE.has(request.method) && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", newKey());
    }
    return request;
  },
  async onResponse({ response }) {
    connection.reached();
    if (!response.ok) throw new ApiError(response.status, await problemOf(response));
  },
  onError({ request }) {
    // Whoever left the page has ended the request: that tells nothing of the backend.
    if (request.signal.aborted) return;
    connection.lost();
    return new UnreachableError();
  },
};

// Looked up at each call, so that whoever replaces `fetch` later is heard.
export const api = createClient<paths>({ baseUrl: "/", fetch: (request) => globalThis.fetch(request) });
api.use(failures);

/** The data of an answer. Failures have been thrown by then. */
export async function dataOf<Answer>(answer: Promise<{ data?: Answer }>): Promise<Answer> {
  return (await answer).data as Answer;
}
