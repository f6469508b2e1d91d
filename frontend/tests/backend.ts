/**
 * The backend as the web app meets it: a real server on this machine that answers what a test told it, and remembers
 * what it was asked. What no test told it, it doesn't know.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach } from "vitest";
import { goTo } from "./window";

export interface Asked {
  what: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

export interface Answer {
  status: number;
  type?: string;
  body?: unknown;
}

type Answering = (asked: Asked) => Answer | Promise<Answer>;

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function problem(status: number, error_code: string, request_id = "req-1"): Answer {
  const type = `urn:smart-attendance:problem:${error_code}`;
  const body = { type, title: error_code, status, detail: error_code, error_code, request_id };
  return { status, type: "application/problem+json", body };
}

/** What something between us and the backend answers: a proxy, a hotel's network. */
export function page(status: number): Answer {
  return { status, type: "text/html", body: "<!doctype html><p>Welcome to this network</p>" };
}

export function jsonOf(asked: Asked | undefined): unknown {
  return JSON.parse(asked?.body.toString() ?? "null");
}

export class Backend {
  readonly asked: Asked[] = [];
  private readonly answers = new Map<string, Answering>();
  private server: Server | undefined;
  private port = 0;

  constructor() {
    this.when("GET /health/live", ok({ status: "ok" }));
  }

  /** `what` is a method and a path, such as `GET /api/v1/me`. The last word counts. */
  when(what: string, answer: Answer | Answering): void {
    this.answers.set(what, typeof answer === "function" ? answer : () => answer);
  }

  askedFor(what: string): Asked[] {
    return this.asked.filter((one) => one.what === what);
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listen, at the same address as before where there was one. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.serve(request, response));
    await new Promise<void>((listening) => server.listen(this.port, "127.0.0.1", listening));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Answer nobody any more: connections are refused, those under way are cut. */
  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await read(request);
    this.asked.push(asked);
    const answering = this.answers.get(asked.what) ?? (() => problem(501, `NOT_TOLD: ${asked.what}`));
    const { status, type = "application/json", body } = await answering(asked);
    const said =
      typeof body === "string" || Buffer.isBuffer(body)
        ? body
        : body === undefined
          ? ""
          : JSON.stringify(body);
    response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(said) });
    response.end(said);
  }
}

async function read(request: IncomingMessage): Promise<Asked> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://backend");
  return {
    what: `${request.method ?? ""} ${pathname}`,
    query: searchParams,
    headers: request.headers,
    body: Buffer.concat(parts),
  };
}

/** A fresh backend for each test of a file, at the address the page was loaded from. */
export function eachWithBackend(): { readonly current: Backend } {
  const holder = { current: new Backend() };
  beforeEach(async () => {
    holder.current = new Backend();
    await holder.current.start();
    goTo(`${holder.current.address}/`);
  });
  afterEach(() => holder.current.stop());
  return holder;
}
