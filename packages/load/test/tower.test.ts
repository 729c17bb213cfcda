// The loads of tower's own tests, case by case.

import { peakEwma, pendingRequests } from "@bal/load";
import type { Service } from "@bal/service";
import { expect, test } from "vitest";

/** A service that is answered by hand, in the order of the calls. */
function byHand(): { service: Service<string, string>; answer(): Promise<void> } {
  const waiting: ((answer: string) => void)[] = [];
  return {
    service: {
      ready: () => true,
      call: (request) => new Promise((resolve) => waiting.push(() => resolve(request))),
    },
    async answer() {
      waiting.shift()?.("");
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

test("L1: peakEwma begins at its default and fades from there", () => {
  let time = 0;
  const service = peakEwma({ defaultRttMs: 10, decayMs: 1_000, now: () => time })(byHand().service);
  expect(service.load()).toBe(10);
  time = 100;
  expect(service.load()).toBeGreaterThan(9);
  expect(service.load()).toBeLessThan(10);
  time = 200;
  expect(service.load()).toBeGreaterThan(8);
  expect(service.load()).toBeLessThan(9);
});

test("L2: peakEwma counts what is in flight, jumps to a longer round trip, and fades", async () => {
  let time = 0;
  const { service: inner, answer } = byHand();
  const service = peakEwma({ defaultRttMs: 20, decayMs: 1_000, now: () => time })(inner);
  expect(service.load()).toBe(20);
  time = 100;
  void service.call("a");
  expect(service.load()).toBeGreaterThan(20);
  time = 200;
  void service.call("b");
  expect(service.load()).toBeGreaterThan(40);
  time = 300;
  await answer();
  expect(service.load()).toBe(400);
  time = 400;
  await answer();
  expect(service.load()).toBe(200);
  time = 1_400;
  expect(service.load()).toBeLessThan(100);
  time = 11_400;
  expect(service.load()).toBeLessThan(0.1);
});

test("L3: pendingRequests counts what has begun and is not over", async () => {
  const { service: inner, answer } = byHand();
  const service = pendingRequests()(inner);
  expect(service.load()).toBe(0);
  void service.call("a");
  expect(service.load()).toBe(1);
  void service.call("b");
  expect(service.load()).toBe(2);
  await answer();
  expect(service.load()).toBe(1);
  await answer();
  expect(service.load()).toBe(0);
});
