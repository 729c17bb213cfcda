// What all loads owe, and what tells each from the others.

import { constant, peakEwma, pendingRequests } from "@bal/load";
import { holdNow, now, releaseNow, serviceFn } from "@bal/service";
import { loadContract, serviceContract } from "@bal/service/testing";
import { describe, expect, test, vi } from "vitest";
import { ByHand, type HandledEndpoint } from "./by-hand.ts";

describe("constant is a load", () => {
  for (const { name, run } of loadContract(() => constant(2), { watch: false })) test(name, run);
});
describe("constant is a service", () => {
  for (const { name, run } of serviceContract((backend) => constant(2)(backend))) test(name, run);
});
describe("pendingRequests is a load", () => {
  for (const { name, run } of loadContract(() => pendingRequests())) test(name, run);
});
describe("pendingRequests is a service", () => {
  for (const { name, run } of serviceContract((backend) => pendingRequests()(backend))) test(name, run);
});
describe("peakEwma is a load", () => {
  for (const { name, run } of loadContract((clock) => peakEwma({ now: clock }))) test(name, run);
});
describe("peakEwma is a service", () => {
  for (const { name, run } of serviceContract((backend) => peakEwma()(backend))) test(name, run);
});

test("constant stays what it is, Infinity too, and tells of nothing", async () => {
  for (const load of [0, 1.5, Number.POSITIVE_INFINITY]) {
    const service = constant(load)(serviceFn(() => "fine"));
    expect(await service.call()).toBe("fine");
    expect(service.load()).toBe(load);
    expect(service.rank?.()).toBe(Math.log(load));
    expect([service.pending, service.watch]).toEqual([undefined, undefined]);
  }
});

test("constants and counts are compared wherever they come from, estimates within their layer", () => {
  const idle = serviceFn(() => {});
  expect(constant(1)(idle).order).toBe(constant(2)(idle).order);
  expect(pendingRequests()(idle).order).toBe(pendingRequests()(idle).order);
  expect(pendingRequests()(idle).order).not.toBe(constant(1)(idle).order);
  const layer = peakEwma();
  expect(layer(idle).order).toBe(layer(idle).order);
  expect(layer(idle).order).not.toBe(peakEwma()(idle).order);
});

test("L5: reading the load changes nothing: a sample right after a look weighs what it would have", async () => {
  const [looked, left] = [0, 1].map(() => new ByHand((clock) => peakEwma({ now: clock, decayMs: 1_000 })));
  for (const hand of [looked, left] as [ByHand, ByHand]) {
    const only = hand.endpoints[0] as HandledEndpoint;
    await only.take(100);
    const flight = only.begin();
    hand.time += 50;
    if (hand === looked) for (let i = 0; i < 10; i++) only.load.load();
    await flight.answer();
  }
  expect(looked?.loads).toEqual(left?.loads);
  expect(looked?.loads[0]).toBeCloseTo(50 + 50 * Math.exp(-0.05), 9);
});

test("peakEwma's rank never asks the clock", async () => {
  const clock = vi.fn(() => 5);
  const service = peakEwma({ now: clock })(serviceFn(() => new Promise(() => {})));
  void service.call();
  const before = clock.mock.calls.length;
  service.rank?.();
  expect(clock).toHaveBeenCalledTimes(before);
});

test("a clock that was held for the choice runs again before the request itself does", () => {
  for (const measured of [pendingRequests(), peakEwma()]) {
    const seen: number[] = [];
    const service = measured(
      serviceFn(() => {
        const from = now();
        while (performance.now() - from < 2);
        seen.push(now() - from);
      }),
    );
    holdNow();
    void service.call();
    releaseNow();
    expect(seen[0]).toBeGreaterThan(0);
  }
});

test("many watchers hear of each begin and end, each once, until they leave", async () => {
  const hand = new ByHand(() => pendingRequests());
  const { load, begin } = hand.endpoints[0] as HandledEndpoint;
  const told = [0, 0, 0];
  const watchers = told.map((_, i) => ({
    loadChanged: () => {
      told[i] = (told[i] as number) + 1;
    },
  }));
  for (const watcher of [...watchers, ...watchers]) load.watch?.(watcher);
  const flight = begin();
  expect(told).toEqual([1, 1, 1]);
  for (const watcher of watchers.slice(0, 2)) load.unwatch?.(watcher);
  await flight.answer();
  expect(told).toEqual([1, 1, 2]);
  load.unwatch?.(watchers[2] as (typeof watchers)[0]);
  load.watch?.(watchers[0] as (typeof watchers)[0]);
  await begin().answer();
  expect(told).toEqual([3, 1, 2]);
});

test("close() is passed on, and resolves at once where there is none below", async () => {
  const close = vi.fn(async () => {});
  await peakEwma()({ ready: () => true, call: async () => {}, close }).close?.();
  expect(close).toHaveBeenCalledTimes(1);
  await expect(pendingRequests()(serviceFn(() => {})).close?.()).resolves.toBe(undefined);
});
