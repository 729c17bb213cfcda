// Checks every package as npm would get it: packs them all, then runs publint and attw on each tarball.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { pnpm, root } from "./pnpm.mjs";

const folder = mkdtempSync(join(tmpdir(), "bal-check-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const packed = pnpm("--recursive", "--filter=./packages/*", "pack", "--pack-destination", folder);
if (packed.status !== 0) {
  process.stderr.write(`${packed.command}:\n${packed.output}\n`);
  process.exit(1);
}

const jobs = readdirSync(folder).flatMap((name) => [
  ["publint", "run", join(folder, name), "--strict"],
  ["attw", join(folder, name), "--profile", "esm-only", "--no-emoji"],
]);
console.log(`${jobs.length / 2} packages: ${readdirSync(folder).join(", ")}`);

async function worker() {
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    const [tool, ...args] = job;
    let output = "";
    const child = spawn(join(root, "node_modules/.bin", tool), args, { shell: process.platform === "win32" });
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    if (status === 0) continue;
    process.exitCode = 1;
    process.stderr.write(`${tool} ${args.join(" ")}\n${output}\n`);
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, worker));
