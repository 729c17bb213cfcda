// Finds the pinned pnpm: the one on PATH if it is exactly that version, else the registry's, through npm.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const version = JSON.parse(readFileSync(`${root}/package.json`, "utf8")).packageManager.replace("pnpm@", "");
const options = { cwd: root, encoding: "utf8", shell: process.platform === "win32" };

/** Puts pnpm on PATH for what this process starts: turbo, for one, looks for it there. */
export function putPnpmOnPath() {
  const found = pnpm("--silent", "exec", "node", "--print", "process.env.PATH");
  if (found.status === 0) process.env.PATH = found.output.trim().split("\n").at(-1);
}

/** Runs pnpm to its end without a terminal; `command` says what was run, for messages. */
export function pnpm(...args) {
  const onPath = spawnSync("pnpm", ["--version"], { ...options, stdio: ["ignore", "pipe", "ignore"] });
  // The package is a positional argument: `--package` would leak into nested calls. npm may be set to refuse without
  // `--yes`, and npm 12 asks for `--allow-scripts`.
  const [program, ...before] =
    onPath.stdout?.trim() === version
      ? ["pnpm"]
      : ["npm", "exec", "--yes", "--allow-scripts=pnpm", `pnpm@${version}`, "--"];
  const all = [...before, ...args];
  const done = spawnSync(program, all, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const output = `${done.stdout ?? ""}${done.stderr ?? ""}${done.error ?? ""}`;
  return { status: done.status ?? 1, output, command: [program, ...all].join(" ") };
}
