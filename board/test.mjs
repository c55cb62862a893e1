// Runs the tests of the page's functions, board/test/*.test.ts, with Node's own test runner.

import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const folder = fileURLToPath(new URL("test/", import.meta.url));
const names = (await readdir(folder)).filter((name) => name.endsWith(".test.ts"));
const output = await mkdtemp(join(tmpdir(), "board-test-"));
try {
  await build({
    entryPoints: names.map((name) => join(folder, name)),
    bundle: true,
    outdir: output,
    outExtension: { ".js": ".mjs" },
    platform: "node",
    format: "esm",
    target: "node18",
    logLevel: "warning",
  });
  const files = names.map((name) => join(output, name.replace(/\.ts$/, ".mjs")));
  const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  await rm(output, { recursive: true });
}
