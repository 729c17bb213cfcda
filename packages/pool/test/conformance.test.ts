/** What tower's pool does, case by case (P1 to P7), and its model of a burst. */
import { pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { pool, towerSizing } from "@bal/pool";
import { concurrencyLimit, serviceFn } from "@bal/service";
import { virtualClock } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { answer, mockPool } from "./support/mock-pool.ts";

const urgent = { urgency: 1, low: 0 };

describe("tower's cases", () => {
  test("P1: a new pool asks the maker once, is ready then, and serves", async () => {
    const rig = mockPool({ sizing: towerSizing() });
    expect(rig.asked).toBe(1);
    expect(rig.pool.making).toBe(1);
    await rig.pool.ready();
    expect(rig.pool.ready()).toBe(true);
    const response = rig.pool.call(1);
    await answer(rig.made[0]);
    expect(await response).toBe("answer 1");
    expect(rig.asked).toBe(1);
    await rig.pool.close();
  });

  test("P2: with the first service in use a second is made; with both in use and max 2 the maker is not asked again", async () => {
    const rig = mockPool({ sizing: towerSizing(urgent), max: 2 });
    await rig.pool.ready();
    const first = rig.pool.call(1);
    const second = rig.pool.call(2);
    await rig.clock.settle();
    expect(rig.asked).toBe(2);
    expect(rig.pool.size).toBe(2);
    const third = rig.pool.call(3);
    await rig.clock.settle();
    expect(rig.asked).toBe(2);
    await answer(rig.made[0]);
    await answer(rig.made[1]);
    expect(await Promise.all([first, second])).toEqual(["answer 1", "answer 2"]);
    await rig.clock.settle();
    for (const handle of rig.made) for (const call of handle.calls) call.respond("answer 3");
    expect(await third).toBe("answer 3");
    await rig.pool.close();
  });

  test("P3: two that are ready at two calls: one of them is removed, the last one stays and serves on", async () => {
    const rig = mockPool({ sizing: towerSizing({ urgency: 1 }), allow: 2 });
    await rig.pool.ready();
    rig.made[0]?.allow(0);
    const waiting = rig.pool.call(1);
    await rig.clock.settle();
    expect(rig.pool.size).toBe(2);
    await answer(rig.made[1], 10);
    expect(await waiting).toBe("answer 1");
    rig.made[0]?.allow(10);
    await rig.clock.settle();
    for (const request of [2, 3, 4]) {
      const response = rig.pool.call(request);
      await rig.clock.settle();
      const holder = rig.made.find((handle) => handle.calls.length > 0);
      holder?.calls[0]?.respond("done");
      expect(await response).toBe("done");
    }
    expect(rig.pool.size).toBe(1);
    expect(rig.made.map((handle) => handle.closed).sort()).toEqual([0, 1]);
    await rig.pool.close();
  });

  test("P4: the only service fails: the maker is asked, and the second serves", async () => {
    const rig = mockPool({ sizing: towerSizing(urgent) });
    await rig.pool.ready();
    rig.made[0]?.fail(new Error("gone"));
    const response = rig.pool.call(1);
    await rig.clock.settle();
    expect(rig.asked).toBe(2);
    await answer(rig.made[1]);
    expect(await response).toBe("answer 1");
    expect(rig.made.map((handle) => handle.closed)).toEqual([1, 0]);
    await rig.pool.close();
  });

  test("P5: a make that fails is tried again after a pause; tower panics", async () => {
    const rig = mockPool({
      sizing: towerSizing(),
      making: (makes) => {
        if (makes === 0) throw new Error("refused");
      },
    });
    const early = rig.pool.call(1);
    await expect(early).rejects.toMatchObject({ name: "MakeError", cause: new Error("refused") });
    const late = rig.pool.call(2);
    await rig.clock.advance(99);
    expect(rig.asked).toBe(2);
    await answer(rig.made[0]);
    expect(await late).toBe("answer 2");
    await rig.pool.close();
  });
});

/** Calls in tower's notation: R finds a service ready, W does not. Returns at which samples the size changed. */
async function sizesAfter(samples: string): Promise<{ added: number[]; removed: number[]; size: number }> {
  const added: number[] = [];
  const removed: number[] = [];
  const rig = mockPool({ sizing: towerSizing(), min: 0, allow: 0 });
  let sample = 0;
  let before = 0;
  for (const [, kind, times] of samples.matchAll(/([RW])(\d+)/g)) {
    for (let n = Number(times); n > 0; n -= 1) {
      sample += 1;
      for (const handle of rig.made) handle.allow(kind === "R" && sample > 1 ? 1 : 0);
      await rig.clock.settle();
      const call = rig.pool.call(sample);
      await rig.clock.settle();
      for (const handle of rig.made) handle.allow(1);
      await rig.clock.settle();
      for (const handle of rig.made) for (const { respond } of handle.calls) respond("done");
      await call;
      if (rig.pool.size > before) added.push(sample);
      if (rig.pool.size < before) removed.push(sample);
      before = rig.pool.size;
    }
  }
  await rig.pool.close();
  return { added, removed, size: before };
}

describe("tower's decisions", () => {
  test("P6: a burst of twelve waits makes ten services, of which a quiet time removes three", async () => {
    const { added, removed, size } = await sizesAfter("R1 W12 R1200");
    expect(added).toEqual([1, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    // Tower sets the level at one sample and acts at the next, 340, 643 and 946.
    expect(removed).toEqual([339, 642, 945]);
    expect(size).toBe(7);
  });

  test("P7: single waits among calls that find room add up", async () => {
    const { added, removed } = await sizesAfter("R1 W4 R4 W1 R5 W1 R5 W2");
    expect(added).toEqual([1, 5, 10, 23]);
    expect(removed).toEqual([]);
  });
});

/** Within a tick what ends comes before what arrives. */
const endsFirst = 1e-6;

/**
 * One caller every 20 ticks, every 2 ticks from 2,000 to 6,000, to services that take 10 ticks for one at a time. As
 * tower's callers do, each asks in every tick whether the pool is ready, and calls once it is.
 */
async function burstOfTicks(makeTicks: number): Promise<{ peak: number; meanWait: number }> {
  const clock = virtualClock();
  let calls = 0;
  let waited = 0;
  let peak = 0;
  const make = serviceFn(async () => {
    if (makeTicks > 0) await clock.sleep(makeTicks);
    const work = serviceFn(() => clock.sleep(10 - endsFirst));
    return pendingRequests()(concurrencyLimit(1)(work));
  });
  const tower = pool(make, undefined, {
    balance: (services) => balance(services),
    sizing: towerSizing(),
    now: clock.now,
    schedule: clock.schedule,
  });
  let callers: number[] = [];
  for (let tick = 0; tick < 16_000; tick += 1) {
    await clock.advance(1);
    const inBurst = tick >= 2_000 && tick < 6_000;
    if (tick % (inBurst ? 2 : 20) === 0) callers.push(clock.now());
    const waiting: number[] = [];
    for (const arrivedAt of callers) {
      const { size } = tower;
      let ready = tower.ready();
      if (ready !== true) {
        await clock.settle();
        // An instant make is there before the tick is over.
        if (tower.size > size) ready = tower.ready();
      }
      if (ready === true) {
        calls += 1;
        waited += clock.now() - arrivedAt;
        void tower.call();
      } else {
        waiting.push(arrivedAt);
      }
    }
    callers = waiting;
    peak = Math.max(peak, tower.size);
  }
  await clock.advance(100);
  await tower.close();
  return { peak, meanWait: waited / calls };
}

describe("tower's model of a burst", () => {
  test("with instant makes it peaks at no more than 9 services and waits at most 0.01 ticks", async () => {
    const { peak, meanWait } = await burstOfTicks(0);
    expect(peak).toBeLessThanOrEqual(9);
    expect(meanWait).toBeLessThanOrEqual(0.01);
  });

  test("with makes of 50 ticks it peaks at no more than 9 services and waits at most 3.2 ticks", async () => {
    const { peak, meanWait } = await burstOfTicks(50);
    expect(peak).toBeLessThanOrEqual(9);
    expect(meanWait).toBeLessThanOrEqual(3.2);
  });
});
