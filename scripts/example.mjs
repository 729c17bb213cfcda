// `npm run example 01`: builds the numbered examples and runs the one whose name begins so.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const examples = join(root, "examples");
const names = readdirSync(examples)
  .filter((name) => /^\d\d-.*\.ts$/.test(name) && !name.endsWith(".test.ts"))
  .map((name) => name.slice(0, -".ts".length));

const [asked] = process.argv.slice(2);
const name = names.find((one) => asked !== undefined && one.startsWith(asked));
if (name === undefined) {
  process.stderr.write(`bal: which example? npm run example 01, of: ${names.join(", ")}\n`);
  process.exit(2);
}

const build = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", examples], {
  cwd: root,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "pipe"],
});
const program = join(examples, "dist", `${name}.js`);
if (build.status !== 0) {
  process.stderr.write(`${build.stdout}${build.stderr}\nbal: the build failed\n`);
  process.exit(build.status || 1);
}
await import(pathToFileURL(program).href);
