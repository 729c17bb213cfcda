// `npm test`: builds, checks, then runs the tests; each check counts as one test in the last line. Arguments go to vitest.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { root } from "./pnpm.mjs";

const environment = {
  ...process.env,
  CI: "true",
  NO_COLOR: "1",
  FORCE_COLOR: undefined,
  TURBO_TELEMETRY_DISABLED: "1",
};

/** Runs one of the workspace's tools; its output is passed on as it comes, or returned. */
function run([tool, ...args], { live = false, env = {} } = {}) {
  const program = tool === "node" ? process.execPath : join(root, "node_modules/.bin", tool);
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(program, args, {
      cwd: root,
      env: { ...environment, ...env },
      stdio: ["ignore", live ? "inherit" : "pipe", live ? "inherit" : "pipe"],
      shell: tool !== "node" && process.platform === "win32",
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        output += chunk;
      });
    }
    child.on("error", (error) => resolve({ ok: false, output: `${error}` }));
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });
}

const checks = { passed: 0, failed: 0 };

async function check(name, command) {
  const start = performance.now();
  const { ok, output } = await run(command);
  checks[ok ? "passed" : "failed"]++;
  console.log(`${ok ? "ok  " : "FAIL"} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (!ok) console.log(`$ ${command.join(" ")}\n${output}`);
}

/** One check after another in each lane, the lanes side by side. */
const lanes = (...all) =>
  Promise.all(
    all.map(async (lane) => {
      for (const [name, ...command] of lane) await check(name, command);
    }),
  );

await lanes([["build", "turbo", "run", "build", "--output-logs=errors-only", "--no-update-notifier"]]);
await lanes(
  [
    ["format and lint (biome)", "biome", "ci", "--colors=off"],
    ["unhandled and misused promises (oxlint)", "oxlint", "--type-aware", "--deny-warnings"],
    ["types of sources, tests and examples (tsc)", "tsc", "-p", "tsconfig.test.json"],
    ["nothing unused, nothing undeclared (knip)", "knip", "--no-progress"],
    [
      "one version of everything (sherif)",
      "sherif",
      "-r",
      "packages-without-package-json",
      "-r",
      "non-existant-packages",
    ],
  ],
  [
    ["packages as npm gets them (publint, attw)", "node", "scripts/check-packages.mjs"],
    ["size budgets (size-limit)", "size-limit"],
    ["pages of the API, with their links (typedoc)", "node", "scripts/api-pages.mjs", "--emit", "none"],
  ],
);

const folder = mkdtempSync(join(tmpdir(), "bal-test-"));
const file = join(folder, "tally.json");
const { ok } = await run(["vitest", "run", ...process.argv.slice(2)], { live: true, env: { BAL_TALLY: file } });
let tests;
try {
  tests = JSON.parse(readFileSync(file, "utf8"));
} catch {
  tests = { passed: 0, failed: 1, skipped: 0 }; // it ended without saying how
}
rmSync(folder, { recursive: true, force: true });

const passed = tests.passed + checks.passed;
const failed = tests.failed + checks.failed || (ok ? 0 : 1);
console.log(`\n${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ""}`);
process.exitCode = ok && failed === 0 ? 0 : 1;
