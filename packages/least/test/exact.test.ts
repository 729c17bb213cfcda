// At every pick no ready endpoint has a lesser load: compared with a plain scan after every step of random histories.

import { least } from "@bal/least";
import type { Load } from "@bal/service";
import { seededRandom } from "@bal/service/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Clock, endpoint, leastOf, loadOf, type Order, SetLoad, type Settable } from "./fleet.ts";

interface Life {
  /** Endpoints at most. */
  readonly most: number;
  readonly steps: number;
  readonly kinds: readonly Order[];
  /** Distinct values: few make ties. */
  readonly values: number;
  readonly odd?: boolean;
  /** Much happens between one pick and the next. */
  readonly bursts?: boolean;
}

/** Comings, goings, changes and the passing of time; the pick of each step is compared with a look at all. */
function live(seed: number, { most, steps, kinds, values, odd = false, bursts = false }: Life): void {
  const random = seededRandom(seed);
  const draw = (below: number): number => Math.floor(random() * below);
  const clock: Clock = { nowMs: 0 };
  const picker = least<Settable>({ random: seededRandom(seed + 1) });
  const value = (): number => (odd && random() < 0.1 ? [Number.NaN, Infinity, -1, 0][draw(4)]! : 1 + draw(values));
  const all = Array.from({ length: most }, (_, key) =>
    endpoint(key, new SetLoad(clock, value(), kinds[draw(kinds.length)]!)),
  );
  const inside = new Set<Settable>();
  const ins: Settable[] = [];
  const enter = (each: Settable): void => {
    inside.add(each);
    ins.push(each);
    picker.add(each);
  };
  for (const each of all) if (random() < 0.7) enter(each);
  for (let step = 0; step < steps; step += 1) {
    clock.nowMs += draw(20);
    const chance = random();
    const at = draw(ins.length);
    const one =
      chance < 0.2 || ins.length === 0 ? all[draw(most)]! : chance < 0.6 && !bursts ? picker.pick()! : ins[at]!;
    if (!inside.has(one)) enter(one);
    else if (chance < 0.7) {
      one.service.value = value();
      one.service.growsFrom = random() < 0.2 ? clock.nowMs : undefined;
      if (one.service.kind !== "alone") one.service.kind = kinds[draw(kinds.length)]!;
      if (one.service.kind === "alone") one.service.kind = "first";
      picker.changed!(one);
    } else if (chance < 0.8) {
      inside.delete(one);
      ins.splice(ins.indexOf(one), 1);
      picker.delete(one);
    }
    if (bursts && random() < 0.9) continue;
    const picked = picker.pick();
    if (inside.size === 0) expect(picked).toBeUndefined();
    else {
      if (!inside.has(picked!)) expect.fail(`seed ${seed}, step ${step}: picked one that is not in`);
      const lowest = leastOf(inside);
      const its = loadOf(picked!.service);
      if (its > lowest * (1 + 1e-12)) expect.fail(`seed ${seed}, step ${step}: picked ${its}, the least is ${lowest}`);
    }
  }
}

const ranked = ["first"] as const;
const mixed = ["first", "second", "alone"] as const;

test("nothing added: nothing picked", () => {
  expect(least().pick()).toBeUndefined();
});

test("up to 150 endpoints of one order: the least of all, whatever came, went, faded, grew or changed", () => {
  const life = fc.record({
    most: fc.integer({ min: 1, max: 150 }),
    steps: fc.constant(200),
    kinds: fc.constant(ranked),
    values: fc.constantFrom(2, 5, 1_000),
    odd: fc.boolean(),
  });
  fc.assert(fc.property(fc.nat(1e6), life, live), { numRuns: 150, seed: 1 });
});

test("up to 150 endpoints of several orders, and some without one", () => {
  const life = fc.record({
    most: fc.integer({ min: 1, max: 150 }),
    steps: fc.constant(200),
    kinds: fc.constant(mixed),
    values: fc.constantFrom(2, 1_000),
    odd: fc.boolean(),
  });
  fc.assert(fc.property(fc.nat(1e6), life, live), { numRuns: 150, seed: 2 });
});

test("bursts of changes between one pick and the next", () => {
  const life = fc.record({
    most: fc.integer({ min: 1, max: 50 }),
    steps: fc.constant(400),
    kinds: fc.constantFrom(ranked, mixed),
    values: fc.constantFrom(2, 1_000),
    bursts: fc.constant(true),
  });
  fc.assert(fc.property(fc.nat(1e6), life, live), { numRuns: 100, seed: 3 });
});

test("100, 1,000 and 10,000 endpoints", () => {
  for (const most of [100, 1_000, 10_000]) {
    for (const values of [3, 30, 1e6]) live(most + values, { most, steps: 400, kinds: ranked, values });
    live(most, { most, steps: 200, kinds: mixed, values: 100, odd: true });
  }
});

test("loads that get an order between two picks, one of several that have changed", () => {
  const rising = (key: number, value: number) => {
    const service = {
      value,
      order: undefined as object | undefined,
      load: () => service.value,
      rank: () => Math.log(service.value),
    };
    return { key, slot: -1, service: service as typeof service & Load };
  };
  const picker = least();
  const [a, b, c] = [rising(0, 3), rising(1, 2), rising(2, 1)];
  for (const each of [a, b, c]) picker.add(each);
  expect(picker.pick()).toBe(c);
  c.service.value = 4;
  a.service.order = {};
  for (const each of [c, a]) picker.changed!(each);
  expect(picker.pick()).toBe(b);
  picker.delete(b);
  expect(picker.pick()).toBe(a);
});

test("a server that was slow is picked again as soon as its load has faded below the others", () => {
  const clock = { nowMs: 0 };
  const picker = least<Settable>();
  const [slow, other] = [new SetLoad(clock, 20, "first"), new SetLoad(clock, 1, "second")];
  for (const [key, service] of [slow, other].entries()) picker.add(endpoint(key, service));
  expect(picker.pick()?.key).toBe(1);
  // The other has samples all the time: its load does not fade.
  clock.nowMs = 3_100;
  other.value = Math.exp(3.1);
  expect(slow.load()).toBeLessThan(other.load());
  expect(picker.pick()?.key).toBe(0);
});

test("NaN and what throws are picked only where nothing else is", () => {
  const clock = { nowMs: 0 };
  for (const value of [Number.NaN, -1]) {
    for (const kind of ["first", "alone"] as const) {
      const picker = least<Settable>();
      const bad = endpoint(0, new SetLoad(clock, value, kind));
      const worst = endpoint(1, new SetLoad(clock, Number.POSITIVE_INFINITY, kind));
      picker.add(bad);
      expect(picker.pick()).toBe(bad);
      picker.add(worst);
      for (let i = 0; i < 50; i += 1) expect(picker.pick()).toBe(worst);
      picker.delete(worst);
      expect(picker.pick()).toBe(bad);
    }
  }
});

test("a rank that grows at every look does not hang the pick", () => {
  const picker = least({ random: seededRandom(1) });
  const order = {};
  let rank = 0;
  for (let key = 0; key < 100; key += 1) {
    picker.add({ key, slot: -1, service: { load: () => 1, order, rank: () => rank++ } });
  }
  expect(picker.pick()).toBeDefined();
});
