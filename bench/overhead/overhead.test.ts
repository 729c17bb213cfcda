/** A tiny run of each bench that measures costs, so that none of them rots. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { reference } from "../tower/reference.ts";
import { median } from "./duel.ts";
import { prepare, type Shape } from "./player.ts";
import { goalOf, type Row, table } from "./rows.ts";

const bench = dirname(dirname(fileURLToPath(import.meta.url)));

function run(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(bench, "main.mjs"), ...args], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
}

describe("the overhead bench", () => {
  const shapes: readonly Shape[] = ["plain", "flight", "churn", "build", "heap", "queue", "abort"];

  it.each(shapes)("measures a window of %s with and without a balancer", async (shape) => {
    const window = await prepare({ shape, load: "expected", picker: "least", endpoints: 10, requests: 200 });
    const [bare, balanced] = await window();
    expect(bare).toBeGreaterThanOrEqual(0);
    expect(Number.isFinite(balanced)).toBe(true);
  });

  it("prints a row with its ratio to tower and says where a goal is missed", () => {
    const row: Row = {
      shape: "plain",
      load: "pending",
      picker: "p2c",
      endpoints: 10,
      requests: 1,
      bare: 40,
      bal: 120,
      tower: 200,
    };
    expect(table([row], false)).toMatch(/ 120 +200 +0\.60 .*NOT ≤ 100/);
    expect(goalOf({ ...row, bal: 100 })).toEqual({ most: 100, met: true });
  });

  it("marks figures from another machine", () => {
    const row: Row = { shape: "plain", load: "peak", picker: "p2c", endpoints: 10, requests: 1, bare: 40, bal: 120 };
    const known = reference(row.shape, row.load, row.endpoints);
    expect(known).toBe(494);
    expect(table([{ ...row, reference: known! }], false)).toContain("494*");
    expect(reference("plain", "peak", 7)).toBeUndefined();
  });

  it("takes the middle of odd and even rounds", () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
  });

  it("runs by its command", () => {
    const said = run("overhead", "--quick", "--without-tower", "--sizes=10", "--shape=plain", "--load=constant");
    expect(said).toMatch(/^plain +constant +p2c +10 /m);
  });
});

describe("the peers bench", () => {
  it("runs by its command, every peer in a state it has", () => {
    const said = run("peers", "--quick", "--sizes=10");
    for (const name of [
      "bal p2c",
      "bal least",
      "undici 7 BalancedPool",
      "grpc-js round robin",
      "mongodb server selection",
    ]) {
      expect(said).toMatch(new RegExp(`^${name} +[\\d.]+ `, "m"));
    }
  });
});
