// Equal loads are split at random: clients that start together do not all run to the same endpoint.

import { endpointSet } from "@bal/discover";
import { least } from "@bal/least";
import { expectedDelay, pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import type { Endpoint, Load, Service } from "@bal/service";
import { seededRandom, settle } from "@bal/service/testing";
import { expect, test } from "vitest";
import { endpoint, type Order, SetLoad, type Settable } from "./fleet.ts";

/** How far counts are from equal ones, in standard deviations of chi-square's own. */
function deviation(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const freedom = counts.length - 1;
  const chi = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  return (chi - freedom) / Math.sqrt(2 * freedom);
}

const picksEach = 40;

/** `equal` of `count` endpoints share the least load; picks of them, counted. */
function split(kind: Order, count: number, equal: number, seed: number): { counts: number[]; repeats: number } {
  const clock = { nowMs: 0 };
  const random = seededRandom(seed);
  const picker = least<Settable>({ random });
  const chosen = new Set<number>();
  while (chosen.size < equal) chosen.add(Math.floor(random() * count));
  for (let key = 0; key < count; key += 1) {
    picker.add(endpoint(key, new SetLoad(clock, chosen.has(key) ? 1 : 2 + random(), kind)));
  }
  const counts = new Map([...chosen].map((key) => [key, 0]));
  let last: number | undefined;
  let repeats = 0;
  for (let pick = 0; pick < picksEach * equal; pick += 1) {
    const key = picker.pick()!.key;
    counts.set(key, counts.get(key)! + 1);
    if (key === last) repeats += 1;
    last = key;
  }
  expect(counts.size).toBe(equal);
  return { counts: [...counts.values()], repeats };
}

test("all equal, few equal or half: each gets its share, and a pick says nothing of the next", () => {
  for (const kind of ["first", "alone"] as const) {
    for (const [count, equal] of [
      [2, 2],
      [10, 10],
      [32, 5],
      [33, 33],
      [33, 3],
      [100, 100],
      [100, 50],
      [100, 7],
      [600, 20],
      [600, 120],
    ] as const) {
      const { counts, repeats } = split(kind, count, equal, count + equal);
      expect(Math.abs(deviation(counts)), `${kind}, ${equal} of ${count}`).toBeLessThan(4);
      // One pick in `equal` repeats the one before: as many as each has, give or take the root of it.
      expect(Math.abs(repeats - picksEach), `${kind}, ${equal} of ${count}`).toBeLessThan(4 * Math.sqrt(picksEach));
    }
  }
});

test("equal ones of two orders: both are picked", () => {
  const clock = { nowMs: 0 };
  const picker = least<Settable>({ random: seededRandom(1) });
  const kinds = ["first", "second", "alone"] as const;
  for (const [key, kind] of kinds.entries()) picker.add(endpoint(key, new SetLoad(clock, 1, kind)));
  const counts = [0, 0, 0];
  for (let pick = 0; pick < 3_000; pick += 1) counts[picker.pick()!.key]! += 1;
  expect(Math.abs(deviation(counts))).toBeLessThan(4);
});

const idle: Service<number, string> = { ready: () => true, call: async () => "done" };

test("a thousand clients that start together send their first requests everywhere", () => {
  for (const layer of [pendingRequests(), expectedDelay()]) {
    for (const servers of [10, 50]) {
      const firsts = new Array<number>(servers).fill(0);
      for (let client = 0; client < 1_000; client += 1) {
        const picker = least<Endpoint<number, Load>>({ random: seededRandom(client + 1) });
        for (let key = 0; key < servers; key += 1) {
          picker.add({ key, service: layer(idle), slot: -1 });
        }
        firsts[picker.pick()!.key]! += 1;
      }
      expect(Math.abs(deviation(firsts)), `${servers} servers`).toBeLessThan(4);
    }
  }
});

test("one request at a time goes to every endpoint, not to the same one again", async () => {
  const pending = pendingRequests();
  const received = new Array<number>(20).fill(0);
  const set = endpointSet(
    received.map((_, key) => {
      const service = pending({ ready: () => true, call: async () => void received[key]!++ });
      return [key, service] as const;
    }),
  );
  const balanced = balance(set, { picker: least({ random: seededRandom(5) }) });
  await settle();
  for (let request = 0; request < 2_000; request += 1) await balanced.call(request as never);
  expect(Math.abs(deviation(received))).toBeLessThan(4);
  await balanced.close();
});
