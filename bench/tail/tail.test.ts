// The simulator agrees with theory, repeats to the bit, and shows what the page says, in a small part of the time.
import { expect, test } from "vitest";
import { leastExpected, p2cPending } from "./bal.ts";
import { limit } from "./rivals/limit.ts";
import { prequal } from "./rivals/prequal.ts";
import { roundRobin } from "./rivals/simple.ts";
import { tower } from "./rivals/tower.ts";
import type { Algorithm, Scenario } from "./scenario.ts";
import { scenarios, shorter, towersExample } from "./scenarios.ts";
import { simulate } from "./simulate.ts";
import { erlang, meanField, pollaczek, theory } from "./theory.ts";

function named(id: string): Scenario {
  const found = scenarios.find((scenario) => scenario.id === id);
  if (found === undefined) throw new Error(`no scenario ${id}`);
  return found;
}

async function figures(scenario: Scenario, algorithm: Algorithm, seed = 1) {
  const { all, incident, back } = await simulate(scenario, algorithm, seed);
  return { ...(incident ?? all), back };
}

test("the formulas give the values that are known", () => {
  expect(erlang(1, 0.7)).toBeCloseTo(1 / 0.3, 10);
  expect(erlang(4, 0.8)).toBeCloseTo(1.746, 3);
  expect(pollaczek(0.7, 1)).toBeCloseTo(1 / 0.3, 10);
  expect(meanField(0.7)).toBeCloseTo(1.614, 3);
});

test("the simulator agrees with theory", async () => {
  for (const { what, ok, expected, measured } of await theory(0.05)) {
    if (!ok) expect.fail(`${what}: ${measured} where ${expected} is known`);
  }
}, 120_000);

test("the same seed gives the same figures to the bit, another seed others", async () => {
  const short = shorter(named("n10-load0.7-c10"), 0.05);
  for (const algorithm of [leastExpected, p2cPending, tower, prequal, roundRobin]) {
    const once = JSON.stringify(await simulate(short, algorithm, 5));
    expect(JSON.stringify(await simulate(short, algorithm, 5))).toBe(once);
    expect(JSON.stringify(await simulate(short, algorithm, 6))).not.toBe(once);
  }
});

test("every request of a scenario is answered, whatever leaves, joins, hangs or fails", async () => {
  for (const id of ["hangs", "deploy", "halves", "doubles", "doomed"]) {
    const { all } = await simulate({ ...named(id), load: 0.05 }, leastExpected, 2);
    expect(all.unanswered, id).toBe(0);
    expect(all.requests, id).toBeGreaterThan(1_000);
  }
});

test("tower's example: a mean of at most 1.2 ms and a p99 of at most 5 ms", async () => {
  const { mean, p99 } = await figures(towersExample, leastExpected, 4);
  expect(mean).toBeLessThan(1.2);
  expect(p99).toBeLessThan(5);
});

test("one client: p99 within a tenth of the limit, and below power of two choices", async () => {
  for (const id of ["n10-load0.9-c1", "speeds-c1"]) {
    const short = shorter(named(id), 0.6);
    const ours = await figures(short, leastExpected);
    const best = await figures(short, limit);
    expect(ours.p99, id).toBeLessThan(1.1 * best.p99);
    expect(ours.p99, id).toBeLessThan((await figures(short, tower)).p99);
  }
});

test("one of ten hangs: p99.9 of at most 80 ms, and the server has its share again", async () => {
  const ours = await figures(named("hangs"), leastExpected);
  expect(ours.p999).toBeLessThan(80);
  expect(ours.back).toBeGreaterThan(0.05);
});

test("one of ten fails at once: at most one request in a thousand fails, under P2C one in ten", async () => {
  expect((await figures(named("fails"), leastExpected)).errors).toBeLessThan(0.001);
  expect((await figures({ ...named("fails"), load: 0.1 }, p2cPending)).errors).toBeGreaterThan(0.09);
});
