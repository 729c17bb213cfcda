/** All that are compared, in the order of the tables. */
import * as bal from "./bal.ts";
import { c3 } from "./rivals/c3.ts";
import { limit } from "./rivals/limit.ts";
import { prequal } from "./rivals/prequal.ts";
import { random, roundRobin } from "./rivals/simple.ts";
import { tower } from "./rivals/tower.ts";
import type { Algorithm } from "./scenario.ts";

/** Judged, drawn, and run from every seed. */
export const principal: readonly Algorithm[] = [
  roundRobin,
  bal.p2cPending,
  tower,
  prequal,
  c3,
  bal.leastExpected,
  limit,
];

/** Run from one seed, for what they tell of the parts. */
export const further: readonly Algorithm[] = [
  random,
  bal.p2cPeak,
  bal.p2cExpected,
  bal.threeExpected,
  bal.fiveExpected,
  bal.leastPending,
  bal.leastPeak,
];

export const titles: ReadonlyMap<string, string> = new Map(
  [...principal, ...further].map(({ name, title }) => [name, title]),
);
