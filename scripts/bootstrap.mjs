// Installs what the workspace needs with the pinned pnpm, then runs the command it is given and passes its exit code on.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const version = JSON.parse(readFileSync(`${root}/package.json`, "utf8")).packageManager.replace("pnpm@", "");
const windows = process.platform === "win32";

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], shell: windows, ...options });
}

const onPath = run("pnpm", ["--version"], { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
const pnpm =
  onPath.stdout?.trim() === version
    ? ["pnpm"]
    : ["npm", "exec", "--yes", "--allow-scripts=pnpm", `pnpm@${version}`, "--"];

const install = [...pnpm, "install", "--frozen-lockfile"];
const installed = run(install[0], install.slice(1));
if (installed.status !== 0) {
  console.error(`bal: ${install.join(" ")} failed`);
  process.exit(installed.status ?? 1);
}

const [command, ...args] = process.argv.slice(2);
if (command) {
  const done = run(command === "node" ? process.execPath : command, args, {
    stdio: ["inherit", "inherit", "inherit"],
    shell: false,
  });
  process.exit(done.status ?? 1);
}
