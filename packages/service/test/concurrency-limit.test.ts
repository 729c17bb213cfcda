// concurrencyLimit: never more than its number at once, first come first served.

import { ClosedError, InvalidOptionError, isBalError } from "@bal/errors";
import { concurrencyLimit, type Service, serviceFn } from "@bal/service";
import { mockService, settle, virtualClock } from "@bal/service/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rejection, thrown } from "./support/rejection.ts";

describe("room", () => {
  test("it is ready while fewer than the limit are in flight, and its promise resolves with the first place", async () => {
    const { service, handle } = mockService<number, string>();
    const limited = concurrencyLimit(2)(service);
    const first = limited.call(1);
    expect(limited.ready()).toBe(true);
    const second = limited.call(2);
    const ready = limited.ready();
    expect(ready).toBeInstanceOf(Promise);
    handle.calls[1]?.respond("two");
    expect(await second).toBe("two");
    await ready;
    expect(limited.ready()).toBe(true);
    handle.calls[0]?.respond("one");
    expect(await first).toBe("one");
  });

  test("a place that goes to a waiting call is no room for who asks", async () => {
    const { service, handle } = mockService<number, string>();
    const limited = concurrencyLimit(1)(service);
    const answers = [limited.call(1), limited.call(2)];
    let told = false;
    const ready = (async () => {
      await limited.ready();
      told = true;
    })();
    handle.calls[0]?.respond("one");
    await settle();
    expect([told, handle.received]).toEqual([false, 2]);
    handle.calls[0]?.respond("two");
    await ready;
    expect(await Promise.all(answers)).toEqual(["one", "two"]);
  });

  test("all who ask are told of the first place, and asking anew waits for the next", async () => {
    const { service, handle } = mockService<number, string>();
    const limited = concurrencyLimit(1)(service);
    const answers = [limited.call(1)];
    const told: number[] = [];
    const ask = async (who: number): Promise<void> => {
      await limited.ready();
      told.push(who);
    };
    const asked = [ask(1), ask(2)];
    handle.calls[0]?.respond("one");
    await settle();
    expect(told).toEqual([1, 2]);
    answers.push(limited.call(2));
    asked.push(ask(3));
    await settle();
    expect(told).toEqual([1, 2]);
    handle.calls[0]?.respond("two");
    await Promise.all([...asked, ...answers]);
    expect(told).toEqual([1, 2, 3]);
  });

  test("it is not ready where the service below is not", async () => {
    const { service, handle } = mockService<number, string>({ allow: 0 });
    const limited = concurrencyLimit(5)(service);
    const ready = limited.ready();
    expect(ready).not.toBe(true);
    handle.allow(1);
    await ready;
    expect(limited.ready()).toBe(true);
  });

  test("each service that one layer wraps has a limit of its own", () => {
    const limit = concurrencyLimit(1);
    const [one, two] = [limit(mockService<number>().service), limit(mockService<number>().service)];
    void one.call(1);
    expect(one.ready()).not.toBe(true);
    expect(two.ready()).toBe(true);
  });

  test("of many who wait, none but those with a place run at any time", async () => {
    const clock = virtualClock();
    let running = 0;
    let most = 0;
    const work = serviceFn(async (ms: number) => {
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(ms);
      running -= 1;
    });
    const limited = concurrencyLimit(3)(work);
    const all = Promise.all(Array.from({ length: 30 }, (_, i) => limited.call(10 + (i % 7))));
    await clock.run();
    await all;
    expect([most, running]).toEqual([3, 0]);
  });

  test("a service that breaks its contract by a throw or a plain value takes no place for ever", async () => {
    const broken = {
      ready: (): true => true,
      call: (n: number): Promise<string> => {
        if (n === 1) throw new Error("thrown");
        return "plain" as never;
      },
    } satisfies Service<number, string>;
    const limited = concurrencyLimit(1)(broken);
    expect(String(await rejection(limited.call(1)))).toBe("Error: thrown");
    expect(await limited.call(2)).toBe("plain");
    await settle();
    expect(limited.ready()).toBe(true);
  });
});

describe("close()", () => {
  test("rejects what waits, lets what runs finish, and closes the service below once", async () => {
    const { service, handle } = mockService<number, string>();
    const limited = concurrencyLimit(1)(service);
    const runs = limited.call(1);
    const waits = rejection(limited.call(2));
    const closed = Promise.all([limited.close?.(), limited.close?.()]);
    expect(await waits).toBeInstanceOf(ClosedError);
    expect(await rejection(limited.call(3))).toBeInstanceOf(ClosedError);
    expect(handle.received).toBe(1);
    handle.calls[0]?.respond("one");
    expect(await runs).toBe("one");
    await closed;
    expect(handle.closed).toBe(1);
  });

  test("waits for what runs also where the service below cannot be closed", async () => {
    const clock = virtualClock();
    const limited = concurrencyLimit(1)(serviceFn((ms: number) => clock.sleep(ms)));
    const runs = limited.call(50);
    let closedAt = -1;
    const closed = limited.close?.().then(() => {
      closedAt = clock.now();
    });
    await clock.run();
    await Promise.all([runs, closed]);
    expect(closedAt).toBe(50);
  });

  test("tells who waits for room to ask again, and so to hear that it is closed", async () => {
    const { service, handle } = mockService<number, string>();
    const limited = concurrencyLimit(1)(service);
    const runs = limited.call(1);
    const asked = limited.ready();
    const closed = limited.close?.();
    await asked;
    expect(await rejection(Promise.resolve(limited.ready()))).toBeInstanceOf(ClosedError);
    handle.calls[0]?.respond("one");
    await Promise.all([runs, closed]);
  });

  test("by what it closes below closes nothing twice", async () => {
    let closes = 0;
    const inner: Service<number, string> = {
      ready: () => true,
      call: async () => "answered",
      async close() {
        closes += 1;
        void limited.close?.();
      },
    };
    const limited = concurrencyLimit(1)(inner);
    await limited.close?.();
    expect(closes).toBe(1);
  });

  test("waits for what runs before it fails as the service below does", async () => {
    const throwing = (): never => {
      throw "stuck";
    };
    for (const close of [() => Promise.reject("stuck"), throwing]) {
      const clock = virtualClock();
      const limited = concurrencyLimit(1)({ ...serviceFn((ms: number) => clock.sleep(ms)), close });
      const runs = limited.call(50);
      let failedAt = -1;
      const failed = rejection(limited.close?.() as Promise<void>).then((error) => {
        failedAt = clock.now();
        return error;
      });
      await clock.run();
      await runs;
      expect([await failed, failedAt]).toEqual(["stuck", 50]);
    }
  });

  test("ends the calls that wait in the service below", async () => {
    const { service } = mockService<number, string>({ allow: 0 });
    const limited = concurrencyLimit(1)(service);
    const waits = rejection(limited.call(1));
    await limited.close?.();
    expect(await waits).toBeInstanceOf(ClosedError);
  });
});

const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("call" as const), which: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("answer" as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("fail" as const, "abort" as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("settle" as const), which: fc.nat() }) },
);

test("never more than the limit, first come first served, and every call settles once, under any aborts and a close", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(act, { maxLength: 50 }),
      fc.option(fc.nat(50)),
      async (max, script, closeAt) => {
        const { service, handle } = mockService<number, string>();
        const limited = concurrencyLimit(max)(service);
        const calls: { readonly controller: AbortController; times: number; outcome: unknown }[] = [];
        const begun: number[] = [];
        let closed: Promise<void> | undefined;
        const look = (): void => {
          expect(handle.calls.length).toBeLessThanOrEqual(max);
          for (const { request } of handle.calls) if (!begun.includes(request)) begun.push(request);
          expect(begun).toEqual(begun.toSorted((a, b) => a - b));
        };
        for (const [step, { kind, which }] of script.entries()) {
          if (step === closeAt) closed = limited.close?.();
          const inFlight = handle.calls[which % Math.max(1, handle.calls.length)];
          if (kind === "answer") inFlight?.respond("answered");
          else if (kind === "fail") inFlight?.reject("failed");
          else if (kind === "abort") calls[which % Math.max(1, calls.length)]?.controller.abort("aborted");
          else if (kind === "settle") await settle();
          else {
            const call = { controller: new AbortController(), times: 0, outcome: undefined as unknown };
            const settled = (outcome: unknown): void => {
              call.times += 1;
              call.outcome = outcome;
            };
            const room = limited.ready();
            if (room !== true) room.catch(() => {});
            const before = handle.received;
            limited.call(calls.length, { signal: call.controller.signal }).then(settled, settled);
            expect(handle.received).toBe(room === true ? before + 1 : before);
            calls.push(call);
          }
          look();
        }
        for (let turn = 0; turn <= calls.length; turn++) {
          await settle();
          look();
          for (const call of handle.calls) call.respond("answered");
        }
        await settle();
        await closed;
        for (const [request, { times, outcome }] of calls.entries()) {
          expect(times).toBe(1);
          const sent = begun.includes(request);
          if (sent) expect(["answered", "failed", "aborted"]).toContain(outcome);
          else expect(outcome === "aborted" || (closed !== undefined && isBalError(outcome, "BAL_CLOSED"))).toBe(true);
        }
        if (closed === undefined) expect(limited.ready()).toBe(true);
        else expect(await rejection(Promise.resolve(limited.ready()))).toBeInstanceOf(ClosedError);
      },
    ),
    { numRuns: 500, seed: 20_241_124 },
  );
});

test.each([
  [() => concurrencyLimit(0), "max: expected a whole number from 1, got 0"],
  [() => concurrencyLimit(2.5), "max: expected a whole number from 1, got 2.5"],
  [() => concurrencyLimit("3" as never), 'max: expected a whole number from 1, got "3"'],
  [() => concurrencyLimit(1)(undefined as never), "inner: expected an object with ready() and call(), got undefined"],
])("%o is said to be wrong at once", (wrong, message) => {
  const error = thrown(wrong);
  expect(error).toBeInstanceOf(InvalidOptionError);
  expect((error as Error).message).toBe(message);
});

test("Infinity is no limit", () => {
  const limited = concurrencyLimit(Infinity)(mockService<number>().service);
  for (let i = 0; i < 1_000; i++) void limited.call(i);
  expect(limited.ready()).toBe(true);
});
