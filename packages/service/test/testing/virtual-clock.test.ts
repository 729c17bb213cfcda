// virtualClock: time that moves when it is told to.

import { isBalError } from "@bal/errors";
import { settle, virtualClock } from "@bal/service/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rejection, thrown } from "../support/rejection.ts";

describe("virtualClock", () => {
  test("stands until it is moved", async () => {
    const clock = virtualClock(5);
    let due = false;
    clock.schedule(0, () => {
      due = true;
    });
    await settle();
    expect([clock.now(), clock.pending, due]).toEqual([5, 1, false]);
    await clock.advance(0);
    expect([clock.now(), clock.pending, due]).toEqual([5, 0, true]);
    await clock.advance(2.5);
    expect(clock.now()).toBe(7.5);
  });

  test("runs what falls due at its time, in order, and nothing later", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ ms: fc.nat(20), cancelled: fc.boolean() }), { maxLength: 60 }),
        fc.array(fc.nat(7), { maxLength: 6 }),
        async (plan, moves) => {
          const clock = virtualClock(100);
          const ran: [id: number, at: number][] = [];
          const cancels = plan.map(({ ms }, id) => clock.schedule(ms, () => void ran.push([id, clock.now()])));
          plan.forEach(({ cancelled }, id) => {
            if (cancelled) cancels[id]?.();
          });
          const kept = plan.flatMap(({ ms, cancelled }, id) => (cancelled ? [] : [[id, 100 + ms] as [number, number]]));
          const expected = kept.toSorted((a, b) => a[1] - b[1] || a[0] - b[0]);
          expect(clock.pending).toBe(kept.length);
          let now = 100;
          for (const ms of moves) {
            await clock.advance(ms);
            now += ms;
            expect(clock.now()).toBe(now);
            expect(ran).toEqual(expected.filter(([, at]) => at <= now));
            expect(clock.pending).toBe(kept.length - ran.length);
          }
          await clock.run();
          expect(ran).toEqual(expected);
          expect(clock.now()).toBe(Math.max(now, ...expected.map(([, at]) => at)));
          for (const cancel of cancels) cancel();
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 200, seed: 20_241_124 },
    );
  });

  test("lets chains of promises finish at their instant", async () => {
    const clock = virtualClock();
    const seen: number[] = [];
    const chain = async (): Promise<void> => {
      await clock.sleep(10);
      for (let i = 0; i < 100; i++) await Promise.resolve();
      seen.push(clock.now());
      await clock.sleep(0);
      await clock.sleep(5);
      seen.push(clock.now());
    };
    const done = chain();
    clock.schedule(11, () => void seen.push(-1));
    await clock.advance(100);
    await done;
    expect(seen).toEqual([10, -1, 15]);
  });

  test("what was just begun is scheduled before time moves", async () => {
    const clock = virtualClock();
    let woke = -1;
    const later = async (): Promise<void> => {
      await Promise.resolve();
      await clock.sleep(3);
      woke = clock.now();
    };
    void later();
    await clock.advance(5);
    expect(woke).toBe(3);
  });

  test("what runs may schedule and cancel more", async () => {
    const clock = virtualClock();
    const seen: string[] = [];
    clock.schedule(1, () => {
      seen.push("first");
      clock.schedule(0, () => void seen.push("at once"));
      cancel();
    });
    const cancel = clock.schedule(1, () => void seen.push("never"));
    clock.schedule(1, () => void seen.push("second"));
    await clock.run();
    expect(seen).toEqual(["first", "second", "at once"]);
    expect(clock.now()).toBe(1);
  });

  test("a pause ends early by an abort, and is scheduled no more", async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    const failed = rejection(clock.sleep(1_000, { signal: controller.signal }));
    await clock.advance(10);
    controller.abort("enough");
    expect(await failed).toBe("enough");
    expect([clock.pending, clock.now()]).toEqual([0, 10]);
    expect(await rejection(clock.sleep(1, { signal: AbortSignal.abort("before") }))).toBe("before");
    expect(clock.pending).toBe(0);
    const over = new AbortController();
    const slept = clock.sleep(1, { signal: over.signal });
    await clock.run();
    over.abort();
    await slept;
  });

  test("what would be due never is not kept", async () => {
    const clock = virtualClock();
    const cancel = clock.schedule(Infinity, () => {});
    expect(clock.pending).toBe(0);
    cancel();
    await clock.run();
    expect(clock.now()).toBe(0);
  });

  test("run() gives up on what never ends", async () => {
    const clock = virtualClock();
    const again = (): void => void clock.schedule(1, again);
    again();
    const error = await rejection(clock.run({ maxEvents: 1_000 }));
    expect(String(error)).toBe("Error: still something scheduled after 1000 events");
    expect([clock.now(), clock.pending]).toEqual([1_001, 1]);
    await clock.advance(1);
    expect([clock.now(), clock.pending]).toEqual([1_002, 1]);
  });

  test("a throw of what runs comes out of advance(), and the rest is still scheduled", async () => {
    const clock = virtualClock();
    clock.schedule(1, () => {
      throw new Error("in a timer");
    });
    let ran = false;
    clock.schedule(2, () => {
      ran = true;
    });
    expect(String(await rejection(clock.advance(5)))).toBe("Error: in a timer");
    expect([clock.now(), clock.pending]).toEqual([1, 1]);
    await clock.run();
    expect(ran).toBe(true);
  });

  test("two cannot move it at once", async () => {
    const clock = virtualClock();
    const first = clock.advance(5);
    expect(String(await rejection(clock.advance(5)))).toContain("moving already");
    await first;
    expect(clock.now()).toBe(5);
  });

  test("says what is wrong at once", async () => {
    const clock = virtualClock();
    for (const wrong of [
      () => virtualClock(Number.NaN),
      () => clock.schedule(-1, () => {}),
      () => clock.schedule(Number.NaN, () => {}),
      () => clock.schedule(1, "later" as never),
    ]) {
      expect(isBalError(thrown(wrong), "BAL_INVALID_OPTION")).toBe(true);
    }
    expect(isBalError(await rejection(clock.advance(-1)), "BAL_INVALID_OPTION")).toBe(true);
    expect(isBalError(await rejection(clock.advance(Infinity)), "BAL_INVALID_OPTION")).toBe(true);
    expect(isBalError(await rejection(clock.sleep(-1)), "BAL_INVALID_OPTION")).toBe(true);
  });

  test("a hundred thousand events are no matter", async () => {
    const clock = virtualClock();
    let events = 0;
    const worker = async (pause: number): Promise<void> => {
      for (let i = 0; i < 1_000; i++) {
        await clock.sleep(pause);
        events += 1;
      }
    };
    const all = Promise.all(Array.from({ length: 100 }, (_, i) => worker(1 + i / 100)));
    await clock.run();
    await all;
    expect(events).toBe(100_000);
  });
});
