import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const WORTH_COMPRESSING = /\.(js|css|svg|json|webmanifest)$/;
const BACKEND = process.env.BACKEND_URL ?? "http://127.0.0.1:8000";

/** Leaves a .gz and a .br beside each file, so that none has to be compressed while somebody waits. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    // What is on the disk is final; until then other plugins still fill in names.
    async writeBundle({ dir = "dist" }, bundle) {
      const names = Object.keys(bundle).filter((name) => WORTH_COMPRESSING.test(name));
      await Promise.all(names.map((name) => compress(join(dir, name))));
    },
  };
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, best));
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
}

export default defineConfig({
  plugins: [react(), compressed()],
  // The backend puts a fresh nonce in its place with every page it serves.
  html: { cspNonce: "__CSP_NONCE__" },
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { host: "127.0.0.1", proxy: { "/api": BACKEND, "/health": BACKEND } },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    silent: "passed-only",
    testTimeout: 60_000,
    slowTestThreshold: 5_000,
    coverage: {
      provider: "v8",
      include: ["src/**"],
      exclude: ["src/api/schema.ts", "src/main.tsx"],
      reporter: [["text", { skipFull: true }]],
      thresholds: {
        "src/{api,photos}/**": { lines: 85 },
        "src/attendance/*.ts": { lines: 85 },
      },
    },
  },
});
