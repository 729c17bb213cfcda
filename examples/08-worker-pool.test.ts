// The worker pool follows its load, replaces a thread that crashed, and settles every task.

import { execFile, execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));
const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
const picture = `${folder}/dist/08-worker-pool.svg`;
let stdout = "";

beforeAll(async () => {
  rmSync(picture, { force: true });
  execFileSync(process.execPath, [tsc, "-b", folder]);
  ({ stdout } = await promisify(execFile)(process.execPath, [`${folder}/dist/08-worker-pool.js`, "3"]));
}, 120_000);

describe("hashing on worker threads", () => {
  it("settles every task: those given up as aborted, the one of the crash as crashed, and no other fails", () => {
    const [, tasks, counts] = stdout.match(/^(\d+) tasks: (\{.*\});/m) as RegExpMatchArray;
    const { hashed, aborted, crashed, failed } = JSON.parse(counts as string);
    expect(hashed + aborted + crashed + failed).toBe(Number(tasks));
    expect([crashed, failed]).toEqual([1, 0]);
    expect(aborted).toBe(Math.floor((Number(tasks) + 49) / 100));
  });

  it("grows with the load and shrinks when it has gone, told in plain lines without a terminal", () => {
    const sizes = Array.from(stdout.matchAll(/(\d+) threads {2}/g), ([, size]) => Number(size));
    expect(Math.max(...sizes)).toBeGreaterThan(1);
    expect(sizes.at(-1)).toBeLessThan(Math.max(...sizes));
  });

  it("draws arrivals, size and wait over time", () => {
    const svg = readFileSync(picture, "utf8");
    for (const title of ["tasks a second", "threads", "mean wait, ms"]) expect(svg).toContain(title);
    expect(svg.match(/stroke="#2563eb"/g)).toHaveLength(3);
  });
});
