// The picker alone: what it draws, what wins, and that it keeps its place book right.

import { p2c } from "@bal/p2c";
import type { Endpoint, Load } from "@bal/service";
import { seededRandom } from "@bal/service/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

function endpoints(...loads: number[]): Endpoint<number, Load>[] {
  return loads.map((load, key) => ({ key, service: { load: () => load }, slot: -1 }));
}

test("nothing added: nothing picked", () => {
  expect(p2c().pick()).toBeUndefined();
});

test("every unordered pair is drawn equally often, in either order", () => {
  const picker = p2c({ random: seededRandom(3) });
  const asked: number[] = [];
  const all = endpoints(0, 0, 0, 0);
  for (const { key, service } of all) {
    service.load = () => {
      asked.push(key);
      return 0;
    };
  }
  for (const endpoint of all) picker.add(endpoint);
  const counts = new Map<string, number>();
  const draws = 12_000;
  for (let i = 0; i < draws; i += 1) {
    const won = picker.pick()?.key;
    const [one, other] = asked.splice(0);
    const pair = `${Math.min(one!, other!)}${Math.max(one!, other!)} ${won}`;
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  // 6 pairs × 2 winners, each draws / 12 with a standard deviation of 30.
  expect(counts.size).toBe(12);
  for (const count of counts.values()) expect(Math.abs(count - draws / 12)).toBeLessThan(4 * 31);
});

test("with choices k the winner is the least of k distinct ones, so the k-1 heaviest never win", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.nat(), (n, choices, seed) => {
      const picker = p2c({ choices, random: seededRandom(seed) });
      for (const endpoint of endpoints(...Array.from({ length: n }, (_, i) => i))) picker.add(endpoint);
      for (let i = 0; i < 20; i += 1) expect(picker.pick()?.key).toBeLessThanOrEqual(n - Math.min(choices, n));
    }),
    { seed: 1 },
  );
});

test("equal loads are split evenly for other numbers of choices too", () => {
  for (const choices of [1, 3, 5, 9]) {
    const picker = p2c({ choices, random: seededRandom(choices) });
    const hits = [0, 0, 0, 0, 0];
    for (const endpoint of endpoints(1, 1, 1, 1, 1)) picker.add(endpoint);
    for (let i = 0; i < 10_000; i += 1) hits[Number(picker.pick()?.key)]! += 1;
    for (const hit of hits) expect(Math.abs(hit - 2000)).toBeLessThan(4 * 40);
  }
});

test("NaN and throwing loads lose against any number, and among themselves one is still picked", () => {
  const bad: Load = {
    load: () => {
      throw new Error("no");
    },
  };
  for (const choices of [2, 3]) {
    const picker = p2c({ choices, random: seededRandom(5) });
    const all = endpoints(Number.NaN, Infinity);
    all.push({ key: 2, service: bad, slot: -1 });
    for (const endpoint of all) picker.add(endpoint);
    picker.delete(all[2]!);
    for (let i = 0; i < 50; i += 1) expect(picker.pick()?.key).toBe(1);
    picker.delete(all[1]!);
    picker.add(all[2]!);
    for (let i = 0; i < 50; i += 1) expect([0, 2]).toContain(picker.pick()?.key);
  }
});

test("in any order of adds and deletes exactly the present ones are picked", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(9), { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(),
      (toggles, choices, seed) => {
        const picker = p2c({ choices, random: seededRandom(seed) });
        const all = endpoints(...Array(10).fill(0));
        const present = new Set<Endpoint<number, Load>>();
        for (const i of toggles) {
          const endpoint = all[i]!;
          if (present.delete(endpoint)) picker.delete(endpoint);
          else {
            picker.add(endpoint);
            present.add(endpoint);
          }
          const seen = new Set<unknown>();
          for (let k = 0; k < 10; k += 1) seen.add(picker.pick());
          if (present.size === 0) expect([...seen]).toEqual([undefined]);
          else for (const endpoint of seen) expect(present.has(endpoint as Endpoint<number, Load>)).toBe(true);
        }
      },
    ),
    { seed: 2 },
  );
});

test("wrong options and endpoints are told", () => {
  for (const choices of [0, 1.5, Number.NaN, "2" as never]) expect(() => p2c({ choices })).toThrow("choices");
  expect(() => p2c({ random: 4 as never })).toThrow("random");
  expect(() => p2c().add({ key: 1, service: {} as Load, slot: -1 })).toThrow("load()");
});
