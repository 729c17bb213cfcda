// The adapters in every runtime and with every undici, from the npm registry: `node tools/matrix/main.mjs`.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const { platform, arch } = process;
const node = (version) => [`node-${platform === "win32" ? "win" : platform}-${arch}`, version, "bin/node"];
const here = import.meta.dirname;

/** Package, version, and the program in it. */
const runtimes = {
  "Node 20": node("20.20.2"),
  "Node 22": node("22.23.3"),
  "Node 24": node("24.21.0"),
  "Node 26": node("26.10.0"),
  Bun: [`@oven/bun-${platform}-${arch}`, "1.4.5", "bin/bun"],
  Deno: [`@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`, "2.9.6", "deno"],
};
const undicis = { undici7: "7.30.2", undici8: "8.13.1" };
/** Undici 8 does not load on Node 20. */
const runs = (undici, runtime) => runtime.startsWith("Node") && !(undici === "undici8" && runtime === "Node 20");

const alias = (name) => name.toLowerCase().replace(" ", "");
const dependencies = Object.fromEntries([
  ...Object.entries(runtimes).map(([name, [of, version]]) => [alias(name), `npm:${of}@${version}`]),
  ...Object.entries(undicis).map(([name, version]) => [name, `npm:undici@${version}`]),
]);
const manifest = JSON.stringify({ private: true, type: "module", dependencies });
const folder = join(tmpdir(), `bal-matrix-${createHash("sha256").update(manifest).digest("hex").slice(0, 12)}`);

/** Kept for the next time, since the runtimes are big. */
if (!existsSync(join(folder, "node_modules/.package-lock.json"))) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), manifest);
  const npm = platform === "win32" ? "npm.cmd" : "npm";
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--force", "--loglevel=error"];
  const { status } = spawnSync(npm, args, { cwd: folder, stdio: "inherit", shell: platform === "win32" });
  if (status !== 0) process.exit(1);
}

/** One file of a scenario, with the undici that it stands for left to be found beside it. */
async function bundle(scenario, undici) {
  const outfile = join(folder, `${scenario}-${undici ?? "none"}.mjs`);
  await build({
    entryPoints: [join(here, `${scenario}-scenario.ts`)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["@bal/source"],
    plugins: [
      {
        name: "undici",
        setup: (plugins) => plugins.onResolve({ filter: /^undici$/ }, () => ({ path: undici, external: true })),
      },
    ],
  });
  return outfile;
}

let failed = 0;
function run(title, runtime, file, env = {}) {
  const program = join(folder, "node_modules", alias(runtime), runtimes[runtime][2]);
  const args = runtime === "Deno" ? ["run", "-A", "--quiet", file] : [file];
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1", ...env },
  });
  const passed = status === 0;
  if (!passed) failed += 1;
  console.log(`${passed ? "ok  " : "FAIL"} ${title}`);
  if (!passed || process.argv.includes("--verbose")) console.log(stdout + stderr);
}

const fetchFile = await bundle("fetch");
for (const runtime of Object.keys(runtimes)) run(`@bal/fetch in ${runtime}`, runtime, fetchFile);
for (const undici of Object.keys(undicis)) {
  const file = await bundle("undici", undici);
  for (const runtime of Object.keys(runtimes).filter((name) => runs(undici, name))) {
    const callers = Object.keys(undicis).filter((name) => runs(name, runtime));
    const title = `@bal/undici over ${undici} in ${runtime}, called by its fetch and by ${callers.join(" and ")}`;
    run(title, runtime, file, { CALLERS: callers.join(" ") });
  }
}
console.log(failed === 0 ? "all pairs work" : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
