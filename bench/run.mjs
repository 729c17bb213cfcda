/** Runs a TypeScript entry of the bench on any supported Node, against the sources: `node run.mjs tail/main.ts --quick`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [entry, ...rest] = process.argv.slice(2);
if (entry === undefined) {
  console.error("usage: node run.mjs <entry.ts> [options for it]");
  process.exit(2);
}
// Inside the bench, so that packages left out of the bundle resolve.
const folder = mkdtempSync(join(here, ".bundle-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const outfile = join(folder, "entry.mjs");
await build({
  entryPoints: [join(here, entry)],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["@bal/source"],
  packages: "bundle",
  external: ["piscina", "tinypool", "poolifier", "generic-pool", "tarn", "undici", "echarts"],
  // To try another form of a package beside the one that is there.
  alias: process.env.BENCH_LOAD === undefined ? {} : { "@bal/load": process.env.BENCH_LOAD },
  sourcemap: "inline",
  logLevel: "warning",
});
const flags = process.env.BENCH_NODE_FLAGS?.split(" ") ?? [];
const { status } = spawnSync(process.execPath, [...flags, "--enable-source-maps", outfile, ...rest], {
  stdio: "inherit",
  env: { ...process.env, BENCH_FOLDER: here },
});
process.exitCode = status ?? 1;
