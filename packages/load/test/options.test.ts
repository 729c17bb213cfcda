// Wrong options are refused at construction, with what was expected and what came.

import { isBalError } from "@bal/errors";
import { constant, expectedDelay, peakEwma, pendingRequests, weighted } from "@bal/load";
import { expect, test } from "vitest";

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (isBalError(error, "BAL_INVALID_OPTION")) return error.message;
    throw error;
  }
  return "accepted";
}

const numbers: Record<string, { readonly bad: readonly unknown[]; readonly good: readonly number[] }> = {
  defaultRttMs: { bad: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "10", null], good: [0.001, 1e15] },
  decayMs: { bad: [0, -1, Number.NaN, "10", null], good: [0.001, Number.POSITIVE_INFINITY] },
  meanMs: { bad: [0, -1, Number.NaN, "10", null], good: [0.001, Number.POSITIVE_INFINITY] },
  fadeMs: { bad: [0, -1, Number.NaN, "10", null], good: [0.001, Number.POSITIVE_INFINITY] },
  slowMs: { bad: [0, -1, Number.NaN, "10", null], good: [0.001, Number.POSITIVE_INFINITY] },
  failureMs: { bad: [-1, Number.NaN, Number.POSITIVE_INFINITY, true, null], good: [0, 1e15] },
  spike: { bad: [0.5, Number.NaN, "4", null], good: [1, Number.MAX_SAFE_INTEGER] },
  outlier: { bad: [0.5, Number.NaN, "30", null], good: [1, Number.MAX_SAFE_INTEGER] },
  placeExponent: { bad: [-0.1, 1.1, Number.NaN, null], good: [0, 1] },
  maxWeight: { bad: [0, 1.1, Number.NaN, null], good: [0.01, 1] },
  newcomer: { bad: [-1, Number.NaN, Number.POSITIVE_INFINITY, null], good: [0, 100] },
  ageShare: { bad: [-1, 1.1, Number.NaN, null], good: [0, 1] },
};
const common = ["failureMs", "defaultRttMs"];

for (const [name, make, own] of [
  ["peakEwma", peakEwma, [...common, "decayMs"]],
  ["expectedDelay", expectedDelay, Object.keys(numbers).filter((option) => option !== "decayMs")],
] as const) {
  test(`${name} refuses numbers that are none of its`, () => {
    for (const option of own) {
      for (const bad of numbers[option]?.bad ?? []) {
        expect(refusal(() => make({ [option]: bad }))).toMatch(new RegExp(`^${option}: expected a number .*, got `));
      }
      for (const good of numbers[option]?.good ?? []) expect(refusal(() => make({ [option]: good }))).toBe("accepted");
    }
  });

  test(`${name} refuses what is no function`, () => {
    for (const option of ["now", "failed", "completion"]) {
      expect(refusal(() => make({ [option]: 5 }))).toBe(`${option}: expected a function, got 5`);
    }
  });
}

test.each([null, 5, "x", () => {}])("options that are %o are refused", (options) => {
  for (const make of [pendingRequests, peakEwma, expectedDelay]) {
    expect(refusal(() => make(options as never))).toMatch(/^options: expected an object, got /);
  }
});

test("what is undefined is not given", () => {
  for (const make of [pendingRequests, peakEwma, expectedDelay] as ((options?: object) => unknown)[]) {
    const names = [...Object.keys(numbers), "now", "failed", "completion"];
    expect(refusal(() => make(Object.fromEntries(names.map((name) => [name, undefined]))))).toBe("accepted");
    expect(refusal(() => make(undefined))).toBe("accepted");
  }
});

test("pendingRequests refuses a completion that is no function", () => {
  expect(refusal(() => pendingRequests({ completion: "onBody" as never }))).toBe(
    'completion: expected a function, got "onBody"',
  );
});

test("constant and weighted refuse what is no load and no weight", () => {
  for (const bad of [-1, Number.NaN, "1"]) {
    expect(refusal(() => constant(bad as number))).toMatch(/^load: expected a number from 0, got /);
  }
  for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "1"]) {
    expect(refusal(() => weighted(bad as number))).toMatch(/^weight: expected a number above 0/);
  }
});

test("every layer refuses what is no service, and weighted what has no load", () => {
  for (const layer of [constant(1), pendingRequests(), peakEwma(), expectedDelay()]) {
    for (const bad of [undefined, {}, { ready: () => true }, () => {}]) {
      expect(refusal(() => layer(bad as never))).toMatch(
        /^inner: expected an object with ready\(\) and call\(\), got /,
      );
    }
  }
  const service = { ready: () => true as const, call: async () => {} };
  expect(refusal(() => weighted(1)(service as never))).toMatch(/^inner: expected an object with load\(\)/);
});
