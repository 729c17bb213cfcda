// Installs what the workspace needs with the pinned pnpm, then runs the script it is given, in this process.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { pnpm, putPnpmOnPath, root } from "./pnpm.mjs";

const installed = pnpm("install", "--frozen-lockfile", "--reporter=append-only");
if (installed.status !== 0) {
  process.stderr.write(`${installed.output}\n`);
  process.stderr.write(`bal: "${installed.command}" failed; it needs Node 20.19 or newer, npm and a registry\n`);
  process.exit(installed.status);
}

const script = process.argv[2];
if (script) {
  putPnpmOnPath();
  process.argv.splice(1, 2, resolve(root, script));
  await import(pathToFileURL(resolve(root, script)).href);
}
