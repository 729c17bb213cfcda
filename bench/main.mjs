/** `pnpm bench [name …] [options]`: the benches one after the other: overhead, peers, http, then the page; others by name. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const known = {
  overhead: "overhead/main.ts",
  peers: "peers/main.ts",
  http: "http/main.ts",
  page: "overhead/page.ts",
  tail: "tail/main.ts",
  "http-tail": "http-tail/main.ts",
  pool: "pool/main.ts",
  sizing: "sizing/main.ts",
  adopt: "adopt/main.ts",
};
const asked = process.argv.slice(2);
const options = asked.filter((each) => each.startsWith("--"));
let names = asked.filter((each) => !each.startsWith("--"));
if (names.length === 0)
  names = options.includes("--quick") ? ["overhead", "peers", "http"] : ["overhead", "peers", "http", "page"];
for (const name of names) {
  if (!Object.hasOwn(known, name)) {
    console.error(`"${name}" is none of ${Object.keys(known).join(", ")}`);
    process.exit(2);
  }
  const { status } = spawnSync(process.execPath, [join(here, "run.mjs"), known[name], ...options], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}
