// seededRandom: chance that comes out the same each time.

import { seededRandom } from "@bal/service/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

const take = (random: () => number, n: number): number[] => Array.from({ length: n }, random);

test("the same seed gives the same numbers, on every platform and in every version", () => {
  expect(take(seededRandom(1), 3)).toEqual([0.7149592576727278, 0.6323457640684058, 0.9715686525455685]);
  expect(take(seededRandom(2), 2)).toEqual([0.16851205400375335, 0.33076704174388594]);
});

test("numbers are from 0 up to but not 1, and use all 53 bits", () => {
  fc.assert(
    fc.property(fc.double(), (seed) => {
      for (const value of take(seededRandom(seed), 50)) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
        expect(Number.isInteger(value * 2 ** 53)).toBe(true);
      }
    }),
    { seed: 20_241_124 },
  );
  const lastBits = take(seededRandom(3), 1_000).map((value) => (value * 2 ** 53) % 2);
  const ones = lastBits.filter((bit) => bit === 1).length;
  expect(ones).toBeGreaterThan(400);
  expect(ones).toBeLessThan(600);
});

test("numbers of one seed, and the first ones of many seeds, are spread evenly", () => {
  const one = take(seededRandom(4), 100_000);
  const many = Array.from({ length: 100_000 }, (_, seed) => seededRandom(seed)());
  for (const values of [one, many]) {
    const counts = new Array<number>(16).fill(0);
    for (const value of values) counts[Math.floor(value * 16)]! += 1;
    const expected = values.length / 16;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 15 degrees of freedom: 37.7 is passed once in a thousand.
    expect(chiSquare).toBeLessThan(37.7);
  }
});

test("seeds that differ in little give numbers that differ in all", () => {
  for (const [a, b] of [
    [0, 1],
    [1, 1 + Number.EPSILON],
    [2 ** 40, 2 ** 40 + 1],
    [1, -1],
  ] as const) {
    const [left, right] = [take(seededRandom(a), 20), take(seededRandom(b), 20)];
    expect(left.filter((value, i) => Math.abs(value - right[i]!) < 1e-6)).toEqual([]);
  }
});
