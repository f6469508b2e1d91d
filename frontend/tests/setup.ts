/** What every test stands on: the parts of a browser that happy-dom lacks, and nothing left over from the test before. */

import "fake-indexeddb/auto";
import consoleOfNode from "node:console";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// Long enough for a machine that is busy with something else. A test that passes waits for nothing.
configure({ asyncUtilTimeout: 20_000 });

const plainly = globalThis.structuredClone;

/** IndexedDB gives back a new copy of what was put in. Node's own copying doesn't know happy-dom's files. */
function copied(value: unknown): unknown {
  if (value instanceof File) return new File([value], value.name, { type: value.type });
  if (value instanceof Blob) return new Blob([value], { type: value.type });
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) {
    return plainly(value);
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copied(part)]));
}

globalThis.structuredClone = copied;

// happy-dom writes every request that is refused there, past the runner, and many tests are about those.
consoleOfNode.error = () => undefined;

async function emptyTheOutbox(): Promise<void> {
  if ((await indexedDB.databases()).length === 0) return;
  await new Promise<void>((done, failed) => {
    const opening = indexedDB.open("smart-attendance");
    opening.onsuccess = () => {
      const clearing = opening.result.transaction("photos", "readwrite").objectStore("photos").clear();
      clearing.onsuccess = () => {
        opening.result.close();
        done();
      };
    };
    opening.onerror = () => failed(new Error("the outbox can't be emptied"));
  });
}

afterEach(async () => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  localStorage.clear();
  await emptyTheOutbox();
});
