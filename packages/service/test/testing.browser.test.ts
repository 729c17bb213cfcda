// The testing tools do the same in a browser, where no setImmediate lets promises settle.

import { callAll, concurrencyLimit, serviceFn } from "@bal/service";
import { serviceContract, virtualClock } from "@bal/service/testing";
import { describe, expect, test } from "vitest";

test("a virtual clock lets chains of promises finish at their instant", async () => {
  expect("setImmediate" in globalThis).toBe(false);
  const clock = virtualClock();
  const seen: number[] = [];
  const worker = async (pause: number): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      await clock.sleep(pause);
      const before = clock.now();
      for (let j = 0; j < 10; j++) await Promise.resolve();
      seen.push(clock.now() - before);
    }
  };
  const all = Promise.all([worker(1), worker(1.5), worker(7)]);
  await clock.run();
  await all;
  expect(clock.now()).toBe(700);
  expect(seen).toEqual(new Array(300).fill(0));
});

test("callAll goes through a limit in virtual time", async () => {
  const clock = virtualClock();
  const service = concurrencyLimit(2)(serviceFn((ms: number) => clock.sleep(ms).then(() => clock.now())));
  const ends: number[] = [];
  const loop = (async () => {
    for await (const end of callAll(service, [10, 10, 10, 10], { ordered: false })) ends.push(end);
  })();
  await clock.run();
  await loop;
  expect(ends).toEqual([10, 10, 20, 20]);
});

describe("concurrencyLimit makes a service of a service", () => {
  for (const { name, run } of serviceContract((backend) => concurrencyLimit(3)(backend))) test(name, run);
});
