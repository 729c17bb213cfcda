// Lookups that come again and again: differences, failures, hangs, pauses, empty answers, hints.

import { mapEndpoints, type PollOptions, poll } from "@bal/discover";
import { isBalError } from "@bal/errors";
import { seededRandom, settle, type VirtualClock, virtualClock } from "@bal/service/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { follower, words } from "./follower.ts";

type Answer = Readonly<Record<string, unknown>> | Error | "hang";

/** A poll in virtual time over a lookup that answers what the test says, and what both told. */
function polled(answer: (n: number) => Answer, options: PollOptions<Readonly<Record<string, unknown>>> = {}) {
  const clock = virtualClock();
  const asked: number[] = [];
  const signals: AbortSignal[] = [];
  const told: string[] = [];
  const discover = poll(
    async (signal): Promise<Readonly<Record<string, unknown>>> => {
      asked.push(clock.now());
      signals.push(signal);
      const found = answer(asked.length - 1);
      if (found === "hang") return new Promise<never>(() => {});
      if (found instanceof Error) throw found;
      return found;
    },
    {
      intervalMs: 1_000,
      jitter: 0,
      random: () => 0.5,
      now: clock.now,
      schedule: clock.schedule,
      observer: {
        answered: (size, heldMs) => told.push(`${size} entries${heldMs > 0 ? `, held for ${heldMs}` : ""}`),
        failed: (error, retryInMs) => told.push(`${(error as Error).message}; again in ${retryInMs}`),
      },
      ...options,
    },
  );
  return { clock, asked, signals, told, discover };
}

/** Lets time pass while a reader reads all that comes. */
async function pass(clock: VirtualClock, ms: number, ...readers: ReturnType<typeof follower>[]): Promise<void> {
  for (const reader of readers) await reader.readOn();
  await clock.advance(ms);
  for (const reader of readers) await reader.readOn();
}

describe("what is told", () => {
  test("the first answer whole, then the difference by key and by value", async () => {
    const answers: Answer[] = [
      { a: 1, b: 2, c: 3 },
      { a: 1, b: 2, c: 3 },
      { b: 2, c: 4, d: 5 },
    ];
    const { clock, discover } = polled((n) => answers[n] ?? {});
    const reader = follower(discover);
    for (let second = 0; second < 3; second += 1) await pass(clock, 999, reader);
    expect(words(reader.batches)).toEqual(["+a=1 +b=2 +c=3", "-a +c=4 +d=5"]);
  });

  test("what is the same by `same` stays as it was first found, and is not built again", async () => {
    const { clock, discover } = polled((n) => ({ a: { host: "a", ttl: n }, b: { host: `b${n}`, ttl: n } }), {
      same: (known, found) => (known as { host: string }).host === (found as { host: string }).host,
    });
    const built: string[] = [];
    const reader = follower(mapEndpoints(discover, (value) => built.push((value as { host: string }).host)));
    await pass(clock, 1_500, reader);
    expect(built).toEqual(["a", "b0", "b1"]);
  });

  test("a lookup may answer a Map or pairs, and need not be asynchronous", async () => {
    const clock = virtualClock();
    const options = { now: clock.now, schedule: clock.schedule };
    for (const discover of [poll(() => new Map([["a", 1]]), options), poll(() => [["a", 1]], options)]) {
      const reader = follower(discover);
      await reader.readOn();
      expect(words(reader.batches)).toEqual(["+a=1"]);
    }
  });
});

describe("when it asks", () => {
  test("first when somebody reads, then after each interval, counted from the answer", async () => {
    const { clock, asked, discover } = polled(() => ({ a: 1 }));
    await clock.advance(5_000);
    expect(asked).toEqual([]);
    await pass(clock, 3_500, follower(discover));
    expect(asked).toEqual([5_000, 6_000, 7_000, 8_000]);
  });

  test("intervals are shortened by a random share, up to the jitter", async () => {
    const { clock, asked, discover } = polled(() => ({ a: 1 }), { jitter: 0.2, random: seededRandom(1) });
    await pass(clock, 100_000, follower(discover));
    const pauses = asked.slice(1).map((at, n) => at - (asked[n] as number));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000);
    expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(150);
  });

  test("the interval may be read from the answer", async () => {
    const clock = virtualClock();
    const asked: number[] = [];
    const discover = poll(
      () => {
        asked.push(clock.now());
        return Object.assign(new Map([["a", 1]]), { ttlMs: asked.length * 100 });
      },
      { intervalMs: (answer) => answer.ttlMs, jitter: 0, now: clock.now, schedule: clock.schedule },
    );
    await pass(clock, 1_000, follower(discover));
    expect(asked).toEqual([0, 100, 300, 600, 1_000]);
  });

  test("an interval from the answer that is no pause counts as a failed lookup", async () => {
    const { clock, told, discover } = polled(() => ({ a: 1 }), { intervalMs: () => 0 });
    const reader = follower(discover);
    await pass(clock, 400, reader);
    expect(reader.known.size).toBe(0);
    expect(told[0]).toBe("intervalMs: expected a number above 0, in ms, got 0; again in 500");
  });

  test("all readers share the lookups; a later one gets what is known at once", async () => {
    const { clock, asked, discover } = polled(() => ({ a: 1 }));
    const one = follower(discover);
    await pass(clock, 1_500, one);
    const two = follower(discover);
    await two.readOn();
    expect([words(two.batches), asked.length]).toEqual([["+a=1"], 2]);
    await one.leave();
    await pass(clock, 1_000, two);
    expect(asked.length).toBe(3);
  });

  test("with the last reader gone it asks no more, forgets, and starts anew with the next", async () => {
    const { clock, asked, discover } = polled((n) => ({ [`a${n}`]: n }));
    const one = follower(discover);
    await pass(clock, 500, one);
    await one.leave();
    expect(clock.pending).toBe(0);
    await clock.advance(10_000);
    expect(asked).toEqual([0]);
    const two = follower(discover);
    await two.readOn();
    expect([asked, words(two.batches)]).toEqual([[0, 10_500], ["+a1=1"]]);
  });

  test("a lookup under way is aborted when the last reader leaves, and its answer is dropped", async () => {
    let answer = (_: Record<string, number>): void => {};
    let aborted: AbortSignal | undefined;
    const clock = virtualClock();
    const discover = poll(
      (signal) => {
        aborted = signal;
        return new Promise<Record<string, number>>((resolve) => {
          answer = resolve;
        });
      },
      { now: clock.now, schedule: clock.schedule },
    );
    const one = follower(discover);
    await one.read();
    await one.leave();
    expect([aborted?.aborted, clock.pending]).toEqual([true, 0]);
    const late = answer;
    const two = follower(discover);
    await two.read();
    late({ late: 1 });
    await settle();
    answer({ right: 2 });
    await two.readOn();
    expect(words(two.batches)).toEqual(["+right=2"]);
  });

  test("an answer that comes just when the last reader leaves starts no pause", async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      let answer = (_: Record<string, number>): void => {};
      const clock = virtualClock();
      const discover = poll(
        () =>
          new Promise<Record<string, number>>((resolve) => {
            answer = resolve;
          }),
        { now: clock.now, schedule: clock.schedule },
      );
      const reader = follower(discover);
      await reader.read();
      answer({ a: 1 });
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await reader.leave();
      await settle();
      expect(clock.pending).toBe(0);
    }
  });

  test("a lookup that rejects because it was aborted on leaving is not tried again", async () => {
    const clock = virtualClock();
    let asked = 0;
    const discover = poll(
      async (signal): Promise<Record<string, number>> => {
        asked += 1;
        await clock.sleep(400, { signal });
        return { a: 1 };
      },
      { now: clock.now, schedule: clock.schedule },
    );
    const reader = follower(discover);
    await pass(clock, 100, reader);
    await reader.leave();
    await clock.advance(60_000);
    expect([asked, clock.pending]).toEqual([1, 0]);
  });

  test("after failures and without a reader the pauses start over with the next", async () => {
    const { clock, told, discover } = polled(() => new Error("x"), { backoffMs: 100 });
    const one = follower(discover);
    await pass(clock, 1_000, one);
    await one.leave();
    const before = told.length;
    await follower(discover).readOn();
    expect([told[0], told[before]]).toEqual(["x; again in 50", "x; again in 50"]);
  });
});

describe("a lookup that fails", () => {
  test("changes nothing, is reported, and is tried again at once more often than usual", async () => {
    const { clock, asked, told, discover } = polled((n) => (n === 1 ? new Error("refused") : { a: n < 2 ? 1 : 2 }), {
      intervalMs: 60_000,
    });
    const reader = follower(discover);
    await pass(clock, 60_400, reader);
    expect(words(reader.batches)).toEqual(["+a=1"]);
    await pass(clock, 100, reader);
    expect(words(reader.batches)).toEqual(["+a=1", "+a=2"]);
    expect(asked).toEqual([0, 60_000, 60_500]);
    expect(told).toEqual(["1 entries", "refused; again in 500", "1 entries"]);
  });

  test("pauses double up to the limit, drawn evenly from 0 on; a success starts them over", async () => {
    const { clock, told, discover } = polled((n) => (n === 6 ? { a: 1 } : new Error("x")), {
      backoffMs: 100,
      maxBackoffMs: 1_000,
    });
    await pass(clock, 10_000, follower(discover));
    const pauses = told.slice(0, 9).map((line) => line.replace("x; again in ", ""));
    expect(pauses).toEqual(["50", "100", "200", "400", "500", "500", "1 entries", "50", "100"]);
    const random = seededRandom(3);
    const jittered = polled(() => new Error("x"), { backoffMs: 100, maxBackoffMs: 100, random });
    await pass(jittered.clock, 20_000, follower(jittered.discover));
    const drawn = jittered.told.map((line) => Number(line.replace("x; again in ", "")));
    expect(Math.min(...drawn)).toBeLessThan(5);
    expect(Math.max(...drawn)).toBeGreaterThan(95);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(100);
  });

  test("by hanging is cut off: its signal is aborted, and an answer that still comes is dropped", async () => {
    const clock = virtualClock();
    const told: unknown[] = [];
    const signals: AbortSignal[] = [];
    const answers: ((answer: Record<string, number>) => void)[] = [];
    const discover = poll(
      (signal) => {
        signals.push(signal);
        return new Promise<Record<string, number>>((resolve) => void answers.push(resolve));
      },
      {
        timeoutMs: 200,
        random: () => 0.1,
        now: clock.now,
        schedule: clock.schedule,
        observer: { failed: (error) => told.push(error) },
      },
    );
    const reader = follower(discover);
    await pass(clock, 300, reader);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(told).toEqual([signals[0]?.reason]);
    expect(told[0]).toMatchObject({ name: "TimeoutError", message: "the lookup took over 200 ms" });
    answers[0]?.({ late: 1 });
    answers[1]?.({ a: 1 });
    await reader.readOn();
    expect(words(reader.batches)).toEqual(["+a=1"]);
  });

  test("by a throw, by an answer of a wrong shape, or by a `same` that throws is one like any other", async () => {
    const wrong: (() => unknown)[] = [
      () => {
        throw new Error("thrown");
      },
      () => "a string",
      () => [["a"], "b"],
      () => null,
      () => ({ a: 2 }),
      () => ({ a: 1 }),
    ];
    const clock = virtualClock();
    const told: string[] = [];
    let n = -1;
    const discover = poll(
      () => {
        n += 1;
        return n === 0 ? { a: 1 } : (wrong[n - 1]?.() as Record<string, number>);
      },
      {
        intervalMs: 1_000,
        random: () => 0.01,
        same(known, found) {
          if (found === 2) throw new Error("not comparable");
          return known === found;
        },
        now: clock.now,
        schedule: clock.schedule,
        observer: { failed: (error) => told.push((error as Error).message) },
      },
    );
    const reader = follower(discover);
    await pass(clock, 1_900, reader);
    expect(told).toEqual([
      "thrown",
      'entries: expected a Map, [key, value] pairs or a plain object, got "a string"',
      'entries: expected a Map, [key, value] pairs or a plain object, got "b"',
      "entries: expected a Map, [key, value] pairs or a plain object, got null",
      "not comparable",
    ]);
    expect(words(reader.batches)).toEqual(["+a=1"]);
  });
});

describe("an empty answer", () => {
  test("is held for the grace time, and believed when it is still empty then", async () => {
    const { clock, asked, told, discover } = polled((n) => (n === 0 ? { a: 1 } : {}), { graceMs: 2_500 });
    const reader = follower(discover);
    await pass(clock, 3_400, reader);
    expect(reader.known.size).toBe(1);
    await pass(clock, 100, reader);
    expect(words(reader.batches)).toEqual(["+a=1", "-a"]);
    expect(asked).toEqual([0, 1_000, 2_000, 3_000, 3_500]);
    expect(told).toEqual([
      "1 entries",
      "0 entries, held for 2500",
      "0 entries, held for 1500",
      "0 entries, held for 500",
      "0 entries",
    ]);
  });

  test("that was followed by another or a failure counts from its first, by a full one not at all", async () => {
    const answers: Answer[] = [{ a: 1 }, {}, new Error("x"), { a: 1 }, {}, {}];
    const { clock, told, discover } = polled((n) => answers[n] ?? {}, { graceMs: 1_200, backoffMs: 1_000 });
    const reader = follower(discover);
    await pass(clock, 4_600, reader);
    expect(told).toEqual([
      "1 entries",
      "0 entries, held for 1200",
      "x; again in 500",
      "1 entries",
      "0 entries, held for 1200",
      "0 entries, held for 200",
    ]);
    await pass(clock, 200, reader);
    expect(reader.known.size).toBe(0);
  });

  test("is believed at once with graceMs 0, and never with Infinity", async () => {
    for (const [graceMs, left] of [
      [0, 0],
      [Number.POSITIVE_INFINITY, 1],
    ] as const) {
      const { clock, discover } = polled((n) => (n === 0 ? { a: 1 } : {}), { graceMs });
      const reader = follower(discover);
      await pass(clock, 1_000_000, reader);
      expect(reader.known.size).toBe(left);
    }
  });

  test("at first, when nothing is known, needs no grace", async () => {
    const { clock, told, discover } = polled((n) => (n < 2 ? {} : { a: 1 }));
    const reader = follower(discover);
    await pass(clock, 2_000, reader);
    expect([told, words(reader.batches)]).toEqual([["0 entries", "0 entries", "1 entries"], ["+a=1"]]);
  });
});

describe("refresh", () => {
  test("asks at once when the last lookup began long enough ago, else when it did", async () => {
    const { clock, asked, discover } = polled(() => ({ a: 1 }), { intervalMs: 60_000, backoffMs: 1_000 });
    const reader = follower(discover);
    await pass(clock, 5_000, reader);
    for (let hint = 0; hint < 10; hint += 1) discover.refresh();
    await pass(clock, 300, reader);
    for (let hint = 0; hint < 10; hint += 1) discover.refresh();
    await pass(clock, 10_000, reader);
    expect(asked).toEqual([0, 5_000, 6_000]);
    await pass(clock, 51_000, reader);
    expect(asked).toEqual([0, 5_000, 6_000, 66_000]);
  });

  test("alone asks again where the interval is Infinity, and a lookup without a limit may take its time", async () => {
    const clock = virtualClock();
    const asked: number[] = [];
    const discover = poll(
      async () => {
        asked.push(clock.now());
        await clock.sleep(1e9);
        return { a: asked.length };
      },
      { intervalMs: Infinity, timeoutMs: Infinity, now: clock.now, schedule: clock.schedule },
    );
    const reader = follower(discover);
    await pass(clock, 1e12, reader);
    expect([asked, clock.pending]).toEqual([[0], 0]);
    discover.refresh();
    await pass(clock, 1e12, reader);
    expect([asked, words(reader.batches)]).toEqual([
      [0, 1e12],
      ["+a=1", "+a=2"],
    ]);
  });

  test("never makes a pause longer", async () => {
    const { clock, asked, discover } = polled(() => ({ a: 1 }), { intervalMs: 100, backoffMs: 1_000 });
    const reader = follower(discover);
    await pass(clock, 50, reader);
    discover.refresh();
    await pass(clock, 60, reader);
    expect(asked).toEqual([0, 100]);
  });

  test("during a lookup asks once more after it", async () => {
    const clock = virtualClock();
    const asked: number[] = [];
    const discover = poll(
      async () => {
        asked.push(clock.now());
        await clock.sleep(400);
        return { a: 1 };
      },
      { intervalMs: 60_000, jitter: 0, now: clock.now, schedule: clock.schedule },
    );
    const reader = follower(discover);
    await pass(clock, 100, reader);
    discover.refresh();
    discover.refresh();
    await pass(clock, 10_000, reader);
    expect(asked).toEqual([0, 1_000]);
  });

  test("does not shorten the pause after a failure", async () => {
    const { clock, asked, discover } = polled(() => new Error("x"), { backoffMs: 1_000 });
    const reader = follower(discover);
    await pass(clock, 1_600, reader);
    discover.refresh();
    await pass(clock, 1_900, reader);
    expect(asked).toEqual([0, 500, 1_500, 3_500]);
  });

  test("during a lookup that then fails does not shorten the pause either", async () => {
    const { clock, asked, discover } = polled(() => "hang", { timeoutMs: 100, backoffMs: 1_000 });
    const reader = follower(discover);
    await pass(clock, 3_850, reader);
    discover.refresh();
    await pass(clock, 4_000, reader);
    expect(asked).toEqual([0, 600, 1_700, 3_800]);
    await pass(clock, 50, reader);
    expect(asked.at(-1)).toBe(7_900);
  });

  test("without a reader does nothing", async () => {
    const { clock, asked, discover } = polled(() => ({ a: 1 }));
    discover.refresh();
    await clock.advance(10_000);
    expect([asked, clock.pending]).toEqual([[], 0]);
    const reader = follower(discover);
    await pass(clock, 500, reader);
    await reader.leave();
    discover.refresh();
    expect([asked.length, clock.pending]).toEqual([1, 0]);
  });
});

test("an observer that throws changes nothing, and its error comes out on its own", async () => {
  const uncaught: unknown[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => uncaught.push(error));
  try {
    const failure = new Error("in the observer");
    const { clock, asked, discover } = polled(() => ({ a: 1 }), {
      observer: {
        answered() {
          throw failure;
        },
      },
    });
    await pass(clock, 1_500, follower(discover));
    expect([asked, uncaught]).toEqual([
      [0, 1_000],
      [failure, failure],
    ]);
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
});

test("by default it waits on the platform's timer, 4.5 to 5 seconds", async () => {
  const waits: number[] = [];
  const discover = poll(() => ({ a: 1 }), {
    schedule(ms) {
      waits.push(ms);
      return () => {};
    },
  });
  const reader = follower(discover);
  await reader.readOn();
  expect(waits.length).toBe(2);
  expect(waits[0]).toBe(10_000);
  expect(waits[1]).toBeGreaterThan(4_400);
  expect(waits[1]).toBeLessThanOrEqual(5_000);
  await reader.leave();
});

test.each([
  ["intervalMs", [0, -1, Number.NaN, "5", null]],
  ["same", [1, null, {}]],
  ["timeoutMs", [0, -1, Number.NaN]],
  ["backoffMs", [0, Number.NaN, 10n]],
  ["maxBackoffMs", [0, Number.NaN]],
  ["jitter", [-0.1, 1.1, Number.NaN]],
  ["graceMs", [-1, Number.NaN, "1"]],
  ["now", [1, null]],
  ["schedule", [1, null]],
  ["random", [0.5, null]],
  ["observer", [1, null, () => {}]],
] as const)("a wrong %s is refused", (name, values) => {
  for (const value of values) {
    let thrown: unknown;
    try {
      poll(() => ({ a: 1 }), { [name]: value });
    } catch (error) {
      thrown = error;
    }
    expect(isBalError(thrown, "BAL_INVALID_OPTION") && thrown.message, `${value}`).toContain(`${name}: expected`);
  }
});

test.each([null, 5_000, "5s"])("options that are %o are refused", (options) => {
  const wrong = (): unknown => poll(() => ({}), options as never);
  expect(wrong).toThrow("options: expected an object, got ");
});

test("a lookup that is no function is refused", () => {
  expect(() => poll({} as never)).toThrow("lookup: expected a function, got an object");
});

type Step = readonly [kind: "answer" | "empty" | "fail" | "hang", keys: number, takesMs: number];

const steps = fc.array(
  fc.tuple(
    fc.constantFrom("answer", "answer", "answer", "empty", "fail", "hang") as fc.Arbitrary<Step[0]>,
    fc.integer({ min: 1, max: 15 }),
    fc.nat(150),
  ),
  { maxLength: 25 },
);

test("whatever lookups do, the set is what the last answer that counts said, and one lookup runs at a time", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), fc.integer(), async (script, holds, seed) => {
      const clock = virtualClock();
      const timeoutMs = 100;
      const graceMs = holds ? Number.POSITIVE_INFINITY : 0;
      let expected = new Map<string, number>();
      let running = 0;
      let step = 0;
      const discover = poll(
        async (signal) => {
          expect(running).toBe(0);
          running += 1;
          signal.addEventListener("abort", () => {
            running -= 1;
          });
          const [kind, keys, takesMs] = script[step] ?? ["answer", 15, 0];
          step += 1;
          if (kind === "hang") return new Promise<never>(() => {});
          await clock.sleep(takesMs);
          const found = new Map<string, number>();
          for (let bit = 0; bit < 4; bit += 1)
            if (kind === "answer" && (keys >> bit) % 2 === 1) found.set(`${bit}`, keys % 3);
          if (signal.aborted) return found;
          running -= 1;
          if (kind === "fail") throw new Error("failed");
          if (found.size > 0 || !holds) expected = found;
          return found;
        },
        { intervalMs: 50, timeoutMs, graceMs, random: seededRandom(seed), now: clock.now, schedule: clock.schedule },
      );
      const [fast, slow] = [follower(discover), follower(discover)];
      await slow.read();
      while (step <= script.length) {
        await pass(clock, 20, fast);
        expect(fast.known).toEqual(expected);
      }
      await slow.readOn();
      expect(slow.known).toEqual(expected);
      await fast.leave();
      await slow.leave();
      await clock.run();
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 60 },
  );
});
