// The connection pool grows under load and heals after its server has restarted, on Redis where it is installed.

import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));
const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));

beforeAll(() => {
  execFileSync(process.execPath, [tsc, "-b", folder]);
}, 60_000);

async function run(PATH: string | undefined): Promise<string> {
  const program = [`${folder}/dist/09-connection-pool.js`];
  const env = { ...process.env, PATH };
  return (await promisify(execFile)(process.execPath, program, { env, timeout: 60_000 })).stdout;
}

const count = (output: string, when: string): number =>
  Number(output.match(new RegExp(`^${when}.*?(\\d+) connections`, "m"))?.[1]);

describe("connections to a Redis server", () => {
  it.each([
    ["what is installed", process.env.PATH],
    ["the stand-in, where no redis-server is found", ""],
  ])("grow with the load and heal after a restart: %s", { timeout: 90_000 }, async (_, path) => {
    const output = await run(path);
    if (path === "") expect(output).toContain("a stand-in for redis-server, which is not installed");
    expect(output).toContain("1 caller: answered");
    expect(count(output, "10 callers")).toBeGreaterThan(count(output, "1 caller"));
    expect(count(output, "stopped")).toBe(0);
    expect(output).toMatch(/stopped: .*EndpointError/);
    expect(output).toMatch(/started again: answers after \d+ ms/);
    expect(count(output, "healed")).toBeGreaterThan(1);
  });
});
