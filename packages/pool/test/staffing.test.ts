/** The default sizing in virtual time: it follows the load, keeps a reserve, and does not run away. */
import { pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { pool, type Sizer, type Sizing, staffing, towerSizing } from "@bal/pool";
import { concurrencyLimit, serviceFn } from "@bal/service";
import { seededRandom, virtualClock } from "@bal/service/testing";
import { describe, expect, test } from "vitest";

interface Load {
  /** Services busy on average, at a time of the run. */
  readonly busy: (nowMs: number) => number;
  readonly forMs: number;
  readonly makeMs: number;
  readonly slots?: number;
  readonly sizing?: Sizing;
}

interface Outcome {
  readonly meanWaitMs: number;
  readonly meanSize: number;
  readonly peak: number;
  readonly makes: number;
  readonly endSize: number;
}

/** Random arrivals of tasks of 10 ms on average. */
async function run({ busy, forMs, makeMs, slots = 1, sizing = staffing() }: Load): Promise<Outcome> {
  const clock = virtualClock();
  const random = seededRandom(5);
  const exponential = (meanMs: number): number => -meanMs * Math.log(1 - random());
  let waited = 0;
  let calls = 0;
  let makes = 0;
  let sizes = 0;
  let peak = 0;
  const make = serviceFn(async () => {
    makes += 1;
    await clock.sleep(makeMs);
    const work = serviceFn(async (arrivedAt: number) => {
      waited += clock.now() - arrivedAt;
      await clock.sleep(exponential(10));
    });
    return pendingRequests()(concurrencyLimit(slots)(work));
  });
  const staffed = pool(make, undefined, {
    balance: (services) => balance(services),
    sizing,
    now: clock.now,
    schedule: clock.schedule,
  });
  const arrive = (): void => {
    const load = busy(clock.now());
    clock.schedule(load > 0 ? exponential(10 / load) : 100, () => {
      if (clock.now() >= forMs) return;
      if (load > 0) {
        calls += 1;
        void staffed.call(clock.now());
      }
      arrive();
    });
  };
  arrive();
  for (let look = 0; look < forMs / 10; look += 1) {
    await clock.advance(10);
    sizes += staffed.size;
    peak = Math.max(peak, staffed.size);
  }
  const endSize = staffed.size;
  const closing = staffed.close();
  await clock.advance(1_000);
  await closing;
  return { meanWaitMs: waited / calls, meanSize: sizes / (forMs / 10), peak, makes, endSize };
}

describe("staffing", () => {
  test("a steady load gets a size near the need and then hardly any makes", async () => {
    const { meanWaitMs, meanSize, makes } = await run({ busy: () => 5, forMs: 40_000, makeMs: 50 });
    expect(meanWaitMs).toBeLessThan(0.5);
    expect(meanSize).toBeGreaterThan(8);
    expect(meanSize).toBeLessThan(16);
    expect(makes).toBeLessThan(40);
  });

  test("a load that multiplies gets its services at once, tower's rule one after another", async () => {
    const spike = { busy: (nowMs: number) => (nowMs > 4_000 && nowMs < 5_000 ? 30 : 1), forMs: 6_000, makeMs: 50 };
    const ours = await run(spike);
    const towers = await run({ ...spike, sizing: towerSizing() });
    expect(ours.meanWaitMs).toBeLessThan(towers.meanWaitMs / 5);
  });

  test("a backlog behind slow makes does not ask for a service a call", async () => {
    const { peak } = await run({ busy: () => 5, forMs: 20_000, makeMs: 5_000 });
    expect(peak).toBeLessThan(40);
  });

  test("after the load has gone the pool comes down to min", async () => {
    const { peak, endSize } = await run({ busy: (nowMs) => (nowMs < 2_000 ? 10 : 0), forMs: 75_000, makeMs: 50 });
    expect(peak).toBeGreaterThan(10);
    expect(endSize).toBe(1);
  });

  test("services that take several requests at once are fewer", async () => {
    const { meanSize, meanWaitMs } = await run({ busy: () => 50, forMs: 8_000, makeMs: 50, slots: 10 });
    expect(meanSize).toBeGreaterThan(5);
    expect(meanSize).toBeLessThan(10);
    expect(meanWaitMs).toBeLessThan(3);
  });

  test("services that take any number of requests are not multiplied, although none ever waits", async () => {
    const { peak } = await run({ busy: () => 50, forMs: 4_000, makeMs: 50, slots: 10_000 });
    expect(peak).toBeLessThan(10);
  });

  const levels = { size: 20, making: 0, inFlight: 4, waiting: 0, min: 1, max: Infinity };

  test("its level is the share of the services that is busy, of late", () => {
    const sizer = staffing().begin();
    sizer.arrived({ ...levels, size: 4, inFlight: 3 }, false);
    sizer.tick({ ...levels, size: 4, inFlight: 2 });
    expect(sizer.level).toBe(0.5);
    for (let n = 0; n < 200; n += 1) sizer.tick({ ...levels, size: 10, inFlight: 8 });
    expect(sizer.level).toBeCloseTo(0.8, 6);
    sizer.tick({ ...levels, size: 0, inFlight: 0 });
    expect(sizer.level).toBe(0);
  });

  /** A sizer that has seen 4 busy services for long, and so has a reserve of 5.3. */
  const used = (): Sizer => {
    const sizer = staffing().begin();
    for (let n = 0; n < 1_000; n += 1) sizer.arrived({ ...levels, inFlight: 5 }, false);
    return sizer;
  };

  test("a call that waits by chance asks for what is short of the reserve, and no more", () => {
    const busy = { ...levels, size: 9, inFlight: 9, waiting: 1 };
    expect(used().arrived(busy, true)).toBe(1);
    expect(used().arrived({ ...busy, size: 10, inFlight: 10 }, true)).toBe(0);
  });

  test("a mean that swings by chance lets no service go, one that falls does", () => {
    const steady = used();
    expect(steady.tick({ ...levels, size: 10 })).toBe(0);
    expect(steady.tick({ ...levels, size: 11 })).toBe(0);
    expect(steady.tick({ ...levels, size: 12 })).toBe(-1);
    let size = 10;
    for (let n = 0; n < 200; n += 1) size += steady.tick({ ...levels, size, inFlight: 1 });
    expect(size).toBe(5);
  });

  test("who finds no service ready but does not call yet counts as one that waits", () => {
    expect(
      staffing()
        .begin()
        .arrived({ ...levels, size: 1, inFlight: 1 }, true),
    ).toBe(1);
  });

  test("a backlog that grows asks for a round of services, one that shrinks for none", () => {
    const backlog = { ...levels, inFlight: 20, waiting: 50 };
    expect(used().arrived(backlog, true)).toBe(9);
    const past = used();
    past.tick({ ...backlog, waiting: 60 });
    expect(past.arrived(backlog, true)).toBe(0);
  });
});

describe("wrong options", () => {
  const rejects = (construct: () => unknown, message: string): void => {
    expect(construct).toThrow(expect.objectContaining({ code: "BAL_INVALID_OPTION", message }));
  };
  const make = serviceFn(async () => pendingRequests()(serviceFn(() => 1)));
  const of = (options: object) => () => pool(make, undefined, { balance: (services) => balance(services), ...options });

  test.each<[string, () => unknown, string]>([
    ["min", of({ min: -1 }), "min: expected a whole number from 0 to 9007199254740991, got -1"],
    ["max below min", of({ min: 3, max: 2 }), "max: expected a whole number from 3, got 2"],
    ["max", of({ min: 0, max: 0 }), "max: expected a whole number from 1, got 0"],
    ["makeConcurrency", of({ makeConcurrency: 0.5 }), "makeConcurrency: expected a whole number from 1, got 0.5"],
    ["makeTimeoutMs", of({ makeTimeoutMs: 0 }), "makeTimeoutMs: expected a number above 0, in ms, got 0"],
    ["backoff", of({ backoff: { baseMs: Number.NaN } }), "backoff.baseMs: expected a number above 0, in ms, got NaN"],
    ["sizing", of({ sizing: {} }), "sizing: expected an object with begin(), got an object"],
    ["balance", of({ balance: 1 }), "balance: expected a function, got 1"],
    [
      "what balance returns",
      of({ balance: () => ({}) }),
      "what balance returns: expected an object with ready() and call(), got an object",
    ],
    [
      "make",
      () => pool({} as typeof make, undefined, { balance: (services) => balance(services) }),
      "make: expected an object with ready() and call(), got an object",
    ],
    ["tower's urgency", () => towerSizing({ urgency: 0 }), "urgency: expected a number above 0 to 1, got 0"],
    ["tower's low above high", () => towerSizing({ low: 0.5 }), "low: expected a number from 0 to 0.2, got 0.5"],
    ["staffing's hold", () => staffing({ holdMs: 1 }), "holdMs: expected a number from 100, in ms, got 1"],
  ])("%s", (_, construct, message) => rejects(construct, message));
});
