// `npm start`: builds the packages and the gateway, then runs the gateway with the arguments it was given.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const gateway = join(root, "examples/gateway");

const build = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", gateway], {
  cwd: root,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "pipe"],
});
if (build.status !== 0) {
  process.stderr.write(`${build.stdout}${build.stderr}\nbal: the build failed\n`);
  process.exit(build.status || 1);
}
await import(pathToFileURL(join(gateway, "dist/main.js")).href);
