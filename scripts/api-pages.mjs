// Writes the pages of the API to tools/docs/dist with typedoc; a link that leads nowhere is an error.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./pnpm.mjs";

const folder = join(root, "tools/docs");
const typedoc = join(folder, "node_modules/typedoc/bin/typedoc");
const done = spawnSync(process.execPath, [typedoc, ...process.argv.slice(2)], { cwd: folder, stdio: "inherit" });
process.exitCode = done.status ?? 1;
