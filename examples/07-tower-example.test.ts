// Tower's own example: what bal makes of it agrees with what tower makes of it.

import { beforeAll, describe, expect, it, vi } from "vitest";

const printed: string[] = [];
let example: typeof import("./07-tower-example.ts");

beforeAll(async () => {
  const log = vi.spyOn(console, "log").mockImplementation((...words) => printed.push(words.join(" ")));
  example = await import("./07-tower-example.ts");
  log.mockRestore();
}, 120_000);

const columns = ["wall", "mean", "p50", "p90", "p95", "p99", "p99.9", ...Array(10).fill("share")] as const;

/** Standard deviations between seeds: tower's own for wall, mean, p99 and p99.9; else bal's, and 1 for whole ms. */
const deviations: Readonly<Record<string, readonly number[]>> = {
  "peak EWMA": [71, 0.17, 1, 1, 1, 9, 11, ...Array(10).fill(0.12)],
  pending: [59, 0.15, 1, 1, 1, 5, 10, ...Array(10).fill(0.12)],
  constant: [91, 0.4, 1, 3.3, 3.3, 3, 1.5, ...Array(10).fill(0.12)],
};

describe("the workload of tower's example, 100,000 requests in virtual time", () => {
  it("is printed with tower's table beside it", () => {
    expect(printed).toHaveLength(7);
    expect(printed.filter((line) => line.includes("tower"))).toHaveLength(3);
    expect(printed.filter((line) => line.includes(" bal "))).toHaveLength(3);
  });

  it.each(Object.keys(deviations))(
    "agrees with tower within its standard deviations under %s",
    async (name) => {
      const { layer, tower } = example.loads[name] ?? expect.fail(`no load ${name}`);
      const runs: number[][] = [];
      for (const seed of [1, 2, 3, 4]) runs.push(await example.run(layer, seed));
      columns.forEach((column, index) => {
        const ours = runs.reduce((sum, run) => sum + (run[index] ?? Number.NaN), 0) / runs.length;
        const theirs = tower[index] ?? Number.NaN;
        const difference = Math.abs(ours - theirs);
        expect(difference, `${column} ${index}: ${ours} against ${theirs}`).toBeLessThanOrEqual(
          deviations[name]?.[index] ?? 0,
        );
      });
    },
    120_000,
  );
});
