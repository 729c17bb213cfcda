// A set that the program changes, read by any number of readers at any speed.

import { runInNewContext } from "node:vm";
import { endpointSet } from "@bal/discover";
import { isBalError } from "@bal/errors";
import { settle } from "@bal/service/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { follower, words } from "./follower.ts";

const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
  } catch (error) {
    return isBalError(error) ? error.code : String(error);
  }
  return undefined;
};

describe("what is in", () => {
  test("it takes a Map, pairs, a plain object, or nothing", () => {
    expect([...endpointSet(new Map([["a", 1]])).keys()]).toEqual(["a"]);
    expect([...endpointSet([[{ id: 1 }, 1] as const]).keys()]).toEqual([{ id: 1 }]);
    expect([...endpointSet({ a: 1, b: 2 }).keys()]).toEqual(["a", "b"]);
    expect(endpointSet().size).toBe(0);
  });

  test("it says what is in under a key", () => {
    const set = endpointSet({ a: 1 });
    set.insert("b", 2);
    expect([set.size, set.has("b"), set.get("b"), set.has("c"), set.get("c")]).toEqual([2, true, 2, false, undefined]);
    expect([set.remove("b"), set.remove("b"), set.size]).toEqual([true, false, 1]);
  });

  test("of two entries under one key the last counts", () => {
    const pairs: [string, number][] = [
      ["a", 1],
      ["a", 2],
    ];
    expect(endpointSet(pairs).get("a")).toBe(2);
  });

  class Registry {
    a = 1;
  }
  test.each([
    null,
    3,
    "ab",
    [1, 2],
    [{ ready() {} }],
    () => {},
    new Date(0),
    Promise.resolve({ a: 1 }),
    new Registry(),
    new WeakMap(),
    endpointSet({ a: 1 }),
    { async *[Symbol.asyncIterator]() {} },
  ])("entries that are %j are refused", (entries) => {
    expect(codeOf(() => endpointSet(entries as never))).toBe("BAL_INVALID_OPTION");
    const set = endpointSet({ a: 1 });
    expect(codeOf(() => set.reset(entries as never))).toBe("BAL_INVALID_OPTION");
    expect([...set.keys()]).toEqual(["a"]);
  });
});

test("an object of another realm is as plain as one of this, and so is one without a prototype", () => {
  const elsewhere = runInNewContext("({ a: 1, b: 2 })");
  expect([...endpointSet(elsewhere).keys()]).toEqual(["a", "b"]);
  expect([...endpointSet(Object.assign(Object.create(null), { a: 1 })).keys()]).toEqual(["a"]);
  expect([...endpointSet(runInNewContext("new Map([['a', 1]])") as Map<string, number>).keys()]).toEqual(["a"]);
});

describe("what a reader gets", () => {
  test("the present set in one batch, then each turn's changes in one batch", async () => {
    const set = endpointSet({ a: 1, b: 2 });
    const reader = follower(set);
    await reader.readOn();
    set.insert("c", 3);
    set.remove("a");
    set.insert("b", 4);
    await reader.readOn();
    set.remove("c");
    await reader.readOn();
    expect(words(reader.batches)).toEqual(["+a=1 +b=2", "-a +c=3 +b=4", "-c"]);
  });

  test("what was put in within the turn of the first next() comes in the same batch", async () => {
    const set = endpointSet<string, number>({ a: 1 });
    const reader = follower(set);
    const reading = reader.read();
    set.insert("b", 2);
    await reading;
    expect(words(reader.batches)).toEqual(["+a=1 +b=2"]);
  });

  test("nothing of an empty set until something is put in", async () => {
    const set = endpointSet<string, number>();
    const reader = follower(set);
    expect(await reader.readOn()).toBe("waiting");
    set.insert("a", 1);
    await reader.readOn();
    expect(words(reader.batches)).toEqual(["+a=1"]);
  });

  test("the same service again tells nothing, NaN included", async () => {
    const set = endpointSet({ a: Number.NaN });
    const reader = follower(set);
    await reader.readOn();
    set.insert("a", Number.NaN);
    set.reset({ a: Number.NaN });
    await reader.readOn();
    expect(reader.batches.length).toBe(1);
  });

  test("a removal before the insert, where a service left and came again in one turn", async () => {
    const set = endpointSet({ a: 1 });
    const reader = follower(set);
    await reader.readOn();
    set.remove("a");
    set.insert("a", 1);
    await reader.readOn();
    expect(words(reader.batches)).toEqual(["+a=1", "-a +a=1"]);
  });

  test("nothing of what came and went while it did not read", async () => {
    const set = endpointSet<string, number>({ a: 1 });
    const reader = follower(set);
    await reader.readOn();
    await reader.leave();
    const slow = follower(set);
    await slow.read();
    for (let turn = 0; turn < 1_000; turn += 1) {
      set.insert("b", turn);
      set.insert(`c${turn}`, turn);
      await settle();
      set.remove(`c${turn}`);
    }
    await slow.readOn();
    expect(words(slow.batches)).toEqual(["+a=1", "+b=999"]);
  });

  test("no removal of a key that came again and went again while it did not read", async () => {
    const set = endpointSet<string, number>();
    const reader = follower(set);
    set.insert("c", 3);
    await reader.read();
    set.remove("c");
    await reader.read();
    // Nobody waits from here on.
    set.insert("c", 4);
    set.remove("c");
    set.insert("d", 5);
    await reader.readOn();
    expect(words(reader.batches)).toEqual(["+c=3", "-c", "+d=5"]);
  });

  test("undefined as a service like any other", async () => {
    const set = endpointSet<string, number | undefined>();
    const reader = follower(set);
    set.insert("a", undefined);
    await reader.readOn();
    expect([set.has("a"), set.size, reader.known.has("a")]).toEqual([true, 1, true]);
  });

  test("with reset: only what is different", async () => {
    const set = endpointSet({ a: 1, b: 2, c: 3 });
    const reader = follower(set);
    await reader.readOn();
    set.reset({ b: 2, c: 4, d: 5 });
    await reader.readOn();
    expect(words(reader.batches).slice(1)).toEqual(["-a +c=4 +d=5"]);
  });

  test("the whole set when it comes late, however long the set has lived", async () => {
    const set = endpointSet({ a: 1 });
    set.insert("b", 2);
    await follower(set).readOn();
    set.remove("a");
    set.end();
    const late = follower(set);
    expect(await late.readOn()).toBe("done");
    expect(words(late.batches)).toEqual(["+b=2"]);
  });

  test("in the order in which they asked, when several next() wait", async () => {
    const set = endpointSet<string, number>();
    const iterator = set[Symbol.asyncIterator]();
    const order: string[] = [];
    const waits = [1, 2, 3].map((n) =>
      iterator.next().then(({ value }) => order.push(`${n}: ${words([value ?? []])}`)),
    );
    set.insert("a", 1);
    await settle();
    set.insert("b", 2);
    await settle();
    set.end();
    await Promise.all(waits);
    expect(order).toEqual(["1: +a=1", "2: +b=2", "3: "]);
  });
});

describe("the end", () => {
  test("readers get what is left, then are done; a second end() does nothing", async () => {
    const set = endpointSet<string, number>({ a: 1 });
    const reader = follower(set);
    await reader.read();
    set.insert("b", 2);
    set.end();
    set.end();
    expect(await reader.readOn()).toBe("done");
    expect(words(reader.batches)).toEqual(["+a=1", "+b=2"]);
  });

  test("nothing can be changed any more", () => {
    const set = endpointSet({ a: 1 });
    set.end();
    expect(codeOf(() => set.insert("b", 2))).toBe("BAL_CLOSED");
    expect(codeOf(() => set.insert("a", 1))).toBe("BAL_CLOSED");
    expect(codeOf(() => set.remove("a"))).toBe("BAL_CLOSED");
    expect(codeOf(() => set.reset({ a: 1 }))).toBe("BAL_CLOSED");
    expect([...set.keys()]).toEqual(["a"]);
    const empty = endpointSet();
    empty.end();
    expect(codeOf(() => empty.reset([]))).toBe("BAL_CLOSED");
  });

  test("a reader that has left is told nothing any more", async () => {
    const set = endpointSet({ a: 1 });
    const reader = follower(set);
    await reader.readOn();
    await reader.leave();
    set.insert("a", 2);
    expect(await reader.readOn()).toBe("done");
    expect(reader.batches.length).toBe(1);
  });
});

type Action = readonly [kind: "insert" | "remove" | "reset" | "fast" | "slow" | "settle", key: number, value: number];

const history = fc.array(
  fc.tuple(
    fc.constantFrom("insert", "insert", "remove", "reset", "fast", "slow", "settle") as fc.Arbitrary<Action[0]>,
    fc.nat(5),
    fc.nat(2),
  ),
  { maxLength: 60 },
);

test("whatever happens, fast and slow readers replay to the set as it is, and no batch is bigger than it must be", async () => {
  await fc.assert(
    fc.asyncProperty(history, async (actions) => {
      const set = endpointSet<number, number>([[0, 0]]);
      const model = new Map([[0, 0]]);
      const [fast, slow] = [follower(set), follower(set)];
      for (const [kind, key, value] of actions) {
        if (kind === "insert") {
          set.insert(key, value);
          model.set(key, value);
        } else if (kind === "remove") {
          expect(set.remove(key)).toBe(model.delete(key));
        } else if (kind === "reset") {
          set.reset([[key, value]]);
          model.clear();
          model.set(key, value);
        } else if (kind === "fast") await fast.readOn();
        else if (kind === "slow") await slow.read();
        else await settle();
      }
      const before = slow.batches.length;
      const knew = slow.known.size;
      expect(await slow.readOn()).toBe("waiting");
      await fast.readOn();
      expect([...set.keys()].sort()).toEqual([...model.keys()].sort());
      for (const reader of [fast, slow]) {
        expect(reader.known).toEqual(model);
        expect(reader.batches.every((batch) => batch.length > 0)).toBe(true);
      }
      // What had gathered came at once: at most one removal of each key that it knew, one insert of each that is in.
      const gathered = slow.batches.slice(before);
      expect(gathered.length).toBeLessThanOrEqual(2);
      expect(gathered.at(-1)?.length ?? 0).toBeLessThanOrEqual(knew + model.size);
    }),
    { numRuns: 150 },
  );
});
