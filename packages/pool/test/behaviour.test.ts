/** What the pool does around its sizing: makes that fail, hang or come late, services that die, idleness and the end. */
import { pendingRequests } from "@bal/load";
import { balance } from "@bal/p2c";
import { type PoolObserver, pool, type Sizer, staffing, towerSizing } from "@bal/pool";
import { callAll, concurrencyLimit, type Service, serviceFn } from "@bal/service";
import { mockService, serviceContract, virtualClock } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { answer, mockPool } from "./support/mock-pool.ts";

/** Grows by one whenever a call waits and nothing is being made; shrinks by one in a tick after which nothing is in flight. */
const eager = (makeConcurrency = 1) => ({
  makeConcurrency,
  begin: (): Sizer => ({
    level: 0.5,
    tickMs: 100,
    arrived: (levels, waits) => (waits ? Math.max(0, levels.waiting - levels.making) : 0),
    tick: (levels) => (levels.inFlight === 0 ? -1 : 0),
  }),
});

const never = new Promise<never>(() => {});

describe("making", () => {
  test("min services are made at construction, so many at once as makeConcurrency allows", async () => {
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const rig = mockPool({ min: 5, makeConcurrency: 2, making: (makes) => (makes < 2 ? gate : undefined) });
    expect([rig.asked, rig.pool.making, rig.pool.size]).toEqual([2, 5, 0]);
    finish();
    await rig.clock.settle();
    expect([rig.asked, rig.pool.making, rig.pool.size]).toEqual([5, 0, 5]);
    await rig.pool.close();
  });

  test.each(["ready", "call"] as const)("with min 0 the first is made when %s is first asked", async (how) => {
    const rig = mockPool({ min: 0 });
    await rig.clock.advance(1_000);
    expect(rig.asked).toBe(0);
    const asked = how === "ready" ? rig.pool.ready() : rig.pool.call(1);
    expect(rig.asked).toBe(1);
    await rig.clock.settle();
    if (how === "call") await answer(rig.made[0]);
    await asked;
    await rig.pool.close();
  });

  test("a make that fails rejects nobody while others serve", async () => {
    const rig = mockPool({
      sizing: eager(),
      making: (makes) => {
        if (makes > 0) throw new Error("no more");
      },
    });
    await rig.pool.ready();
    const calls = [rig.pool.call(1), rig.pool.call(2)];
    await rig.clock.settle();
    expect(rig.asked).toBe(2);
    await answer(rig.made[0]);
    await answer(rig.made[0]);
    expect(await Promise.all(calls)).toEqual(["answer 1", "answer 2"]);
    await rig.pool.close();
  });

  test("with none alive and no other make under way the waiting calls reject with MakeError and its cause", async () => {
    const failure = new Error("refused");
    const rig = mockPool({
      min: 0,
      sizing: eager(2),
      making: async (makes) => {
        await rig.clock.sleep(makes === 0 ? 10 : 20);
        throw failure;
      },
    });
    const calls = [rig.pool.call(1), rig.pool.call(2)];
    const outcomes = Promise.allSettled(calls);
    let settled = false;
    void outcomes.then(() => {
      settled = true;
    });
    await rig.clock.advance(15);
    expect(settled).toBe(false);
    await rig.clock.advance(5);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "BAL_MAKE", cause: failure } });
    }
    expect(rig.pool.making).toBe(0);
    await rig.pool.close();
  });

  test("makes that have not begun are given up with the calls that waited for them", async () => {
    const rig = mockPool({
      min: 0,
      sizing: eager(1),
      making: async () => {
        await rig.clock.sleep(10);
        throw new Error("refused");
      },
    });
    const outcomes = Promise.allSettled([rig.pool.call(1), rig.pool.call(2), rig.pool.call(3)]);
    expect(rig.pool.making).toBe(3);
    await rig.clock.advance(10);
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(rig.pool.making).toBe(0);
    await rig.clock.advance(1_000);
    expect(rig.asked).toBe(1);
    await rig.pool.close();
  });

  test("the next call tries again when the rest of the pause is over, and pauses grow up to their limit", async () => {
    const pauses: number[] = [];
    const rig = mockPool({
      min: 0,
      backoff: { baseMs: 100, maxMs: 1_000 },
      random: () => 0.5,
      observer: { makeFailed: (_, __, pauseMs) => pauses.push(pauseMs) },
      making: () => {
        throw new Error("refused");
      },
    });
    await expect(rig.pool.call(0)).rejects.toMatchObject({ code: "BAL_MAKE" });
    for (const pauseMs of [75, 150, 300, 600, 750, 750]) {
      const { asked } = rig;
      expect(pauses.at(-1)).toBe(pauseMs);
      // What is left of the pause counts, not a new one.
      await rig.clock.advance(pauseMs / 3);
      const next = expect(rig.pool.call(1)).rejects.toMatchObject({ code: "BAL_MAKE" });
      await rig.clock.advance((pauseMs * 2) / 3 - 1);
      expect(rig.asked).toBe(asked);
      await rig.clock.advance(1);
      expect(rig.asked).toBe(asked + 1);
      await next;
    }
    await rig.pool.close();
  });

  test("a make that succeeds ends the row of failures", async () => {
    const pauses: number[] = [];
    const rig = mockPool({
      sizing: eager(),
      random: () => 0,
      observer: { makeFailed: (_, __, pauseMs) => pauses.push(pauseMs) },
      making: (makes) => {
        if (makes !== 2) throw new Error("refused");
      },
    });
    await rig.clock.advance(150);
    expect(rig.pool.size).toBe(1);
    const calls = [rig.pool.call(1), rig.pool.call(2)];
    await rig.clock.settle();
    expect(pauses).toEqual([50, 100, 50]);
    for (const _ of calls) await answer(rig.made[0]);
    await Promise.all(calls);
    await rig.pool.close();
  });

  test("a make that takes longer than its limit is aborted and counts as failed; what it still produces is closed", async () => {
    const { service, handle } = mockService<number, string>();
    const clock = virtualClock();
    let signal: AbortSignal | undefined;
    let produce = (_: typeof service): void => {};
    const make = {
      ready: () => true as const,
      call: (_: string, options?: { signal?: AbortSignal }) => {
        signal = options?.signal;
        return new Promise<typeof service>((resolve) => {
          produce = resolve;
        });
      },
    };
    const slow = pool(make, "there", {
      balance: (services) => balance(services, { picker: firstCome() }),
      min: 0,
      makeTimeoutMs: 500,
      now: clock.now,
      schedule: clock.schedule,
    });
    const call = slow.call(1);
    call.catch(() => {});
    await clock.advance(499);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(signal?.aborted).toBe(true);
    await expect(call).rejects.toThrow("make 0 of the pool produced nothing within 500 ms");
    produce(service);
    await clock.settle();
    expect(handle.closed).toBe(1);
    expect(slow.size).toBe(0);
    await slow.close();
    expect(handle.closed).toBe(1);
  });

  test("what a make produces must be a service", async () => {
    const odd = pool(
      serviceFn(async () => ({ fetch: () => {} }) as unknown as Service<number, string>),
      undefined,
      {
        balance: (services) => balance(services, { picker: firstCome() }),
        min: 0,
      },
    );
    await expect(odd.call(1)).rejects.toMatchObject({ code: "BAL_MAKE", cause: { code: "BAL_INVALID_OPTION" } });
    await odd.close();
  });

  test("after failures one make tries alone, and all go on once it has succeeded", async () => {
    let down = true;
    const rig = mockPool({
      min: 4,
      sizing: eager(4),
      random: () => 0,
      making: () => {
        if (down) throw new Error("down");
      },
    });
    await rig.clock.settle();
    expect(rig.asked).toBe(4);
    await rig.clock.advance(50);
    expect(rig.asked).toBe(5);
    down = false;
    await rig.clock.advance(100);
    expect([rig.asked, rig.pool.size]).toEqual([9, 4]);
    await rig.pool.close();
  });
});

/** Takes any of the ready endpoints, whatever its load. */
function firstCome<E>(): { add(endpoint: E): void; delete(endpoint: E): void; pick(): E | undefined } {
  const ready = new Set<E>();
  return { add: (e) => void ready.add(e), delete: (e) => void ready.delete(e), pick: () => [...ready][0] };
}

describe("services that die", () => {
  test("calls in flight on one that dies reject with EndpointError and its cause; the others are untouched", async () => {
    const rig = mockPool({ min: 2 });
    await rig.clock.settle();
    const calls = [rig.pool.call(1), rig.pool.call(2)];
    const crash = new Error("crashed");
    const [dying, other] = rig.made;
    const call = await dying?.nextCall();
    dying?.fail(crash);
    call?.reject(new Error("connection reset"));
    await answer(other);
    const outcomes = await Promise.allSettled(calls);
    await rig.clock.settle();
    expect(outcomes).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: "BAL_ENDPOINT", cause: crash }) }),
    );
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    expect([rig.asked, rig.pool.size, dying?.closed, other?.closed]).toEqual([3, 2, 1, 0]);
    await rig.pool.close();
  });

  test("a call that fails on a service that lives rejects with its own error", async () => {
    const rig = mockPool();
    await rig.pool.ready();
    const own = new Error("bad request");
    const call = rig.pool.call(1);
    (await rig.made[0]?.nextCall())?.reject(own);
    await expect(call).rejects.toBe(own);
    expect(rig.pool.size).toBe(1);
    rig.made[0]?.allow(1);
    await rig.clock.settle();
    const again = rig.pool.call(2);
    await answer(rig.made[0]);
    expect(await again).toBe("answer 2");
    await rig.pool.close();
  });

  test("those in flight on one that dies may still be answered", async () => {
    const rig = mockPool();
    await rig.pool.ready();
    const response = rig.pool.call(1);
    const call = await rig.made[0]?.nextCall();
    rig.made[0]?.fail(new Error("goes away"));
    await rig.clock.settle();
    expect([rig.made[0]?.closed, rig.pool.size]).toEqual([0, 1]);
    call?.respond("late but right");
    expect(await response).toBe("late but right");
    await rig.clock.settle();
    expect(rig.made[0]?.closed).toBe(1);
    await rig.pool.close();
  });

  test("one that dies before it ever answered is replaced at once, those after it with pauses that grow", async () => {
    const rig = mockPool({ allow: 0, random: () => 0 });
    const times: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      await rig.clock.settle();
      rig.made[n]?.fail(new Error("stillborn"));
      for (let waited = 0; rig.asked < n + 2; waited += 1) {
        await rig.clock.advance(waited === 0 ? 0 : 1);
        times[n] = waited;
      }
    }
    expect(times).toEqual([0, 50, 100, 200, 400]);
    await rig.pool.close();
  });

  test("who waits for ready() gets a service also when the last one dies, and asks again when none can be made", async () => {
    let down = false;
    const rig = mockPool({
      min: 0,
      random: () => 0,
      making: () => {
        if (down) throw new Error("down");
      },
    });
    const call = rig.pool.call(1);
    await rig.clock.settle();
    await answer(rig.made[0], 0);
    await call;
    const asked = rig.pool.ready();
    rig.made[0]?.fail(new Error("crashed"));
    await asked;
    expect([rig.asked, rig.pool.size, rig.pool.ready()]).toEqual([2, 1, true]);
    down = true;
    rig.made[1]?.allow(0);
    const asksAgain = rig.pool.ready();
    rig.made[1]?.fail(new Error("crashed"));
    await asksAgain;
    expect([rig.asked, rig.pool.size, rig.pool.making]).toEqual([3, 0, 0]);
    await rig.pool.close();
  });

  test("an abort in flight rejects with signal.reason, also for a call that had waited", async () => {
    const rig = mockPool({ sizing: towerSizing() });
    const controller = new AbortController();
    const waited = rig.pool.call(1, { signal: controller.signal });
    await rig.clock.settle();
    const call = await rig.made[0]?.nextCall();
    expect([rig.pool.waiting, rig.pool.inFlight]).toEqual([0, 1]);
    const reason = new Error("changed my mind");
    controller.abort(reason);
    await expect(waited).rejects.toBe(reason);
    expect(call?.signal?.reason).toBe(reason);
    await rig.pool.close();
  });

  test("an abort while it waits leaves the queue at once", async () => {
    const rig = mockPool({ sizing: towerSizing(), max: 1 });
    await rig.pool.ready();
    const running = rig.pool.call(1);
    const controller = new AbortController();
    const waiting = rig.pool.call(2, { signal: controller.signal });
    expect(rig.pool.balancer.queued).toBe(1);
    controller.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    expect([rig.pool.balancer.queued, rig.pool.waiting]).toEqual([0, 0]);
    await answer(rig.made[0]);
    await running;
    await rig.pool.close();
  });
});

describe("shrinking", () => {
  test("the one with the fewest requests in flight goes; it drains and is closed once", async () => {
    let decision = 0;
    const sizer: Sizer = { level: 0, tickMs: 10, arrived: () => 0, tick: () => decision };
    const rig = mockPool({ min: 2, allow: 5, sizing: { makeConcurrency: 4, begin: () => sizer } });
    await rig.clock.settle();
    decision = 1;
    const calls = [1, 2, 3, 4, 5].map((n) => rig.pool.call(n));
    await rig.clock.advance(10);
    expect(rig.pool.size).toBe(3);
    calls.push(...[6, 7, 8, 9, 10, 11, 12, 13].map((n) => rig.pool.call(n)));
    const inFlight = rig.made.map((handle) => handle.calls.length);
    const least = rig.made[inFlight.lastIndexOf(Math.min(...inFlight))];
    decision = -1;
    await rig.clock.advance(10);
    decision = 0;
    expect(rig.pool.size).toBe(2);
    const draining = least?.calls.length ?? 0;
    expect(rig.pool.inFlight).toBe(13 - draining);
    expect(draining).toBeGreaterThan(0);
    expect(least?.closed).toBe(0);
    for (const handle of rig.made) for (const { respond } of handle.calls) respond("done");
    await Promise.all(calls);
    await rig.clock.settle();
    expect(rig.pool.inFlight).toBe(0);
    expect(rig.made.map((handle) => handle.closed)).toEqual(rig.made.map((handle) => (handle === least ? 1 : 0)));
    await rig.pool.close();
    expect(rig.made.map((handle) => handle.closed)).toEqual([1, 1, 1]);
  });

  const ticks = (decide: () => number, makeConcurrency = 4) => ({
    makeConcurrency,
    begin: (): Sizer => ({ level: 0, tickMs: 10, arrived: (_, waits) => (waits ? 1 : 0), tick: decide }),
  });

  test("no more go than the pool has beyond min, however many the sizing says", async () => {
    let decision = 3;
    const rig = mockPool({ min: 2, sizing: ticks(() => decision) });
    const call = rig.pool.call(1);
    await rig.clock.advance(15);
    expect(rig.pool.size).toBeGreaterThanOrEqual(5);
    decision = -100;
    await rig.clock.advance(10);
    expect(rig.pool.size).toBe(2);
    for (const handle of rig.made) for (const { respond } of handle.calls) respond("done");
    await call;
    await rig.pool.close();
  });

  test("the last one stays while it is in use, also with min 0", async () => {
    const rig = mockPool({ min: 0, sizing: ticks(() => -1) });
    const call = rig.pool.call(1);
    await rig.clock.advance(50);
    expect(rig.pool.size).toBe(1);
    await answer(rig.made[0]);
    await call;
    await rig.clock.advance(10);
    expect(rig.pool.size).toBe(0);
    await rig.pool.close();
  });

  test("makes that have not begun are taken back before a service goes", async () => {
    let decision = 0;
    const rig = mockPool({
      min: 0,
      sizing: ticks(() => decision, 1),
      making: (makes) => (makes > 1 ? never : undefined),
    });
    const calls = [rig.pool.call(1), rig.pool.call(2), rig.pool.call(3), rig.pool.call(4)];
    await rig.clock.settle();
    expect([rig.pool.size, rig.pool.making, rig.asked]).toEqual([2, 2, 3]);
    decision = -1;
    await rig.clock.advance(10);
    expect([rig.pool.size, rig.pool.making, rig.asked]).toEqual([2, 1, 3]);
    // The make under way is no service yet: one stays.
    decision = -100;
    await rig.clock.advance(10);
    expect([rig.pool.size, rig.pool.making]).toEqual([1, 1]);
    const outcomes = Promise.allSettled(calls);
    const closing = rig.pool.close();
    for (const handle of rig.made) for (const { respond } of handle.calls) respond("done");
    await Promise.all([outcomes, closing]);
  });

  test("who waits behind one that is being closed is served as soon as it is, not a tick later", async () => {
    let decision = 0;
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const clock = virtualClock();
    let asked = 0;
    const slow = { ready: () => true as const, call: async (n: number) => n, close: () => gate };
    const one = pool(
      serviceFn(async () => {
        asked += 1;
        return pendingRequests()(slow);
      }),
      undefined,
      {
        balance: (services) => balance(services),
        min: 0,
        max: 1,
        sizing: ticks(() => decision),
        now: clock.now,
        schedule: clock.schedule,
      },
    );
    expect(await one.call(1)).toBe(1);
    decision = -1;
    await clock.advance(10);
    decision = 0;
    const second = one.call(2);
    await clock.settle();
    expect([one.size, one.making, asked]).toEqual([0, 0, 1]);
    finish();
    expect(await second).toBe(2);
    expect(asked).toBe(2);
    await one.close();
  });

  test("what still drains counts towards max", async () => {
    let decision = 0;
    const sizer: Sizer = { level: 0, tickMs: 10, arrived: (_, waits) => (waits ? 1 : 0), tick: () => decision };
    const rig = mockPool({ min: 0, max: 2, sizing: { makeConcurrency: 4, begin: () => sizer } });
    const calls = [rig.pool.call(1), rig.pool.call(2)];
    await rig.clock.settle();
    expect(rig.pool.size).toBe(2);
    decision = -1;
    await rig.clock.advance(10);
    decision = 0;
    calls.push(rig.pool.call(3));
    await rig.clock.settle();
    expect([rig.asked, rig.pool.size]).toEqual([2, 1]);
    for (const handle of rig.made) for (const { respond } of handle.calls) respond("done");
    await rig.clock.settle();
    calls.push(rig.pool.call(4));
    await rig.clock.settle();
    expect(rig.asked).toBe(3);
    for (const handle of rig.made) handle.allow(9);
    await rig.clock.settle();
    for (const handle of rig.made) for (const { respond } of handle.calls) respond("done");
    await Promise.all(calls);
    await rig.pool.close();
  });

  test.each([
    ["tower's rule", towerSizing()],
    ["the default", undefined],
  ])("an idle pool shrinks to min although no call arrives, and then runs no timer: %s", async (_, sizing) => {
    const rig = mockPool({ min: 2, ...(sizing && { sizing }) });
    const calls = Array.from({ length: 12 }, (_, n) => rig.pool.call(n));
    for (let round = 0; round < 40; round += 1) {
      await rig.clock.advance(1);
      for (const handle of rig.made) {
        for (const { respond } of handle.calls) respond("done");
        handle.allow(1);
      }
      calls.push(...Array.from({ length: 8 }, (_, n) => rig.pool.call(n)));
    }
    await rig.clock.settle();
    expect(rig.pool.size).toBeGreaterThan(2);
    while (rig.made.some((handle) => handle.calls.length > 0)) {
      for (const handle of rig.made) {
        for (const { respond } of handle.calls) respond("done");
        handle.allow(9);
      }
      await rig.clock.settle();
    }
    await Promise.all(calls);
    await rig.clock.advance(300_000);
    expect(rig.pool.size).toBe(2);
    expect(rig.clock.pending).toBe(0);
    expect(rig.made.filter((handle) => handle.closed === 1)).toHaveLength(rig.made.length - 2);
    await rig.pool.close();
  });
});

describe("the end", () => {
  test("close rejects what waits, lets what runs finish, and closes each service once", async () => {
    const rig = mockPool({ max: 1 });
    await rig.pool.ready();
    const running = rig.pool.call(1);
    const waiting = rig.pool.call(2);
    const asking = rig.pool.ready();
    const closing = rig.pool.close();
    await expect(waiting).rejects.toMatchObject({ code: "BAL_CLOSED" });
    await expect(asking).rejects.toMatchObject({ code: "BAL_CLOSED" });
    await expect(rig.pool.call(3)).rejects.toMatchObject({ code: "BAL_CLOSED" });
    await expect(rig.pool.ready()).rejects.toMatchObject({ code: "BAL_CLOSED" });
    await expect(rig.pool.call(3, { signal: AbortSignal.abort("mine") })).rejects.toBe("mine");
    expect(rig.made[0]?.closed).toBe(0);
    await answer(rig.made[0]);
    expect(await running).toBe("answer 1");
    await closing;
    expect(rig.made[0]?.closed).toBe(1);
    expect(rig.pool.close()).toBe(closing);
    expect(rig.clock.pending).toBe(0);
  });

  test("close aborts a make under way, does not wait for it, and closes what it still produces", async () => {
    let produce = (): void => {};
    let signal: AbortSignal | undefined;
    const rig = mockPool({
      making: (_, makeSignal) => {
        signal = makeSignal;
        return new Promise<void>((resolve) => {
          produce = resolve;
        });
      },
    });
    const call = rig.pool.call(1);
    await Promise.all([rig.pool.close(), expect(call).rejects.toMatchObject({ code: "BAL_CLOSED" })]);
    expect(signal?.reason).toMatchObject({ code: "BAL_CLOSED" });
    produce();
    await rig.clock.settle();
    expect(rig.asked).toBe(1);
  });

  test("after close no make begins any more, and those it aborted are no failures", async () => {
    const heard: string[] = [];
    const rig = mockPool({
      min: 3,
      makeConcurrency: 1,
      making: (_, signal) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("stopped")))),
      observer: { making: (key) => heard.push(`making ${key}`), makeFailed: (key) => heard.push(`failed ${key}`) },
    });
    await rig.pool.close();
    await rig.clock.advance(100_000);
    expect(heard).toEqual(["making 0"]);
    expect([rig.pool.making, rig.clock.pending]).toEqual([0, 0]);
  });

  test("close ends a pause after a failure", async () => {
    const rig = mockPool({
      making: () => {
        throw new Error("refused");
      },
    });
    await rig.clock.settle();
    expect(rig.clock.pending).toBeGreaterThan(0);
    await rig.pool.close();
    expect(rig.clock.pending).toBe(0);
  });

  test("a service that its balancer never read is closed all the same", async () => {
    const { service, handle } = mockService<number, string>();
    const blind = { ready: () => never, call: () => never } as Service<number, string>;
    const unread = pool(
      serviceFn(async () => service),
      undefined,
      { balance: () => blind },
    );
    await new Promise((resolve) => setImmediate(resolve));
    const call = unread.call(1);
    call.catch(() => {});
    await unread.close();
    expect(handle.closed).toBe(1);
  });

  test("a hook that throws harms nothing", async () => {
    const seen: string[] = [];
    const uncaught: unknown[] = [];
    const queue = globalThis.queueMicrotask;
    globalThis.queueMicrotask = (fn) =>
      queue(() => {
        try {
          fn();
        } catch (error) {
          uncaught.push(error);
        }
      });
    const hook =
      (name: string) =>
      (...args: unknown[]): void => {
        seen.push(`${name} ${args.map((arg) => (arg instanceof Error ? arg.name : arg)).join(" ")}`);
        throw new Error(name);
      };
    const names = ["making", "made", "makeFailed", "removed", "closed"] as const;
    const observer = Object.fromEntries(names.map((name) => [name, hook(name)])) as PoolObserver;
    try {
      const rig = mockPool({
        observer,
        random: () => 0,
        making: (makes) => {
          if (makes === 0) throw new Error("refused");
        },
      });
      await rig.clock.advance(50);
      const call = rig.pool.call(1);
      await answer(rig.made[0]);
      await call;
      await rig.pool.close();
    } finally {
      globalThis.queueMicrotask = queue;
    }
    expect(seen).toEqual([
      "making 0",
      "makeFailed 0 MakeError 50",
      "making 1",
      "made 1 0",
      "removed 1 closed ",
      "closed 1 ",
    ]);
    expect(uncaught).toHaveLength(6);
  });
});

describe("as a service", () => {
  for (const { name, run } of serviceContract(
    (backend) =>
      pool(
        serviceFn(async () => pendingRequests()(backend)),
        undefined,
        {
          balance: (services) => balance(services),
          max: 1,
        },
      ),
    { fails: false },
  )) {
    test(name, run);
  }

  test("a pool that is only called when ready grows too", async () => {
    const clock = virtualClock();
    const make = serviceFn(async () => pendingRequests()(concurrencyLimit(1)(serviceFn(() => clock.sleep(10)))));
    for (const sizing of [towerSizing(), undefined]) {
      const asked = pool(make, undefined, {
        balance: (services) => balance(services),
        now: clock.now,
        schedule: clock.schedule,
        ...(sizing && { sizing }),
      });
      let done = 0;
      const all = (async () => {
        for await (const _ of callAll(asked, Array.from({ length: 200 }), { ordered: false, concurrency: 8 }))
          done += 1;
      })();
      // One service alone would take two seconds.
      await clock.advance(1_000);
      expect(done).toBe(200);
      await all;
      await asked.close();
    }
  });
});

test("a hook that calls while the pool closes finds it closed, and every service made is closed once", async () => {
  const refused: unknown[] = [];
  const rig = mockPool({
    min: 1,
    observer: {
      removed: () => {
        for (let call = 0; call < 2; call += 1) rig.pool.call(call).catch((error: unknown) => refused.push(error));
      },
    },
  });
  await rig.clock.settle();
  await rig.pool.close();
  await rig.clock.advance(100_000);
  expect(refused).toMatchObject([{ code: "BAL_CLOSED" }, { code: "BAL_CLOSED" }]);
  expect([rig.pool.size, rig.pool.making]).toEqual([0, 0]);
});

const make = serviceFn(async () => pendingRequests()(serviceFn(async () => 1)));

test.each([
  ["options", () => pool(make, undefined, null as never)],
  ["options", () => pool(make, undefined, undefined as never)],
  ["backoff", () => pool(make, undefined, { balance, backoff: 5 } as never)],
  ["options", () => staffing(null as never)],
  ["options", () => towerSizing(null as never)],
])("%s that are none are refused", (option, wrong) => {
  expect(wrong).toThrow(`${option}: expected an object`);
});
