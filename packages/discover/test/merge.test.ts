// Several discovers as one: who owns a key, how it ends, how it fails.

import { endpointSet, list, merge } from "@bal/discover";
import { isBalError } from "@bal/errors";
import type { Change, Discover } from "@bal/service";
import { settle } from "@bal/service/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { follower, words } from "./follower.ts";

test("it gives what all of them have, and their changes", async () => {
  const [one, two] = [endpointSet({ a: 1 }), endpointSet({ b: 2 })];
  const reader = follower(merge(one, two));
  await reader.readOn();
  expect(reader.known).toEqual(
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
  );
  two.insert("c", 3);
  one.remove("a");
  await reader.readOn();
  expect([...reader.known.keys()]).toEqual(["b", "c"]);
});

test("a key belongs to who inserted it last: a removal by another changes nothing", async () => {
  const [one, two] = [endpointSet({ a: 1 }), endpointSet<string, number>()];
  const reader = follower(merge(one, two));
  await reader.readOn();
  two.insert("a", 2);
  await reader.readOn();
  one.remove("a");
  await reader.readOn();
  expect(words(reader.batches)).toEqual(["+a=1", "+a=2"]);
  two.remove("a");
  await reader.readOn();
  expect(reader.known.size).toBe(0);
});

test("it ends with the last of them, and with none at once", async () => {
  const [one, two] = [endpointSet({ a: 1 }), endpointSet({ b: 2 })];
  const reader = follower(merge(one, two, list(["c"]) as unknown as typeof one));
  await reader.readOn();
  one.end();
  expect(await reader.readOn()).toBe("waiting");
  two.end();
  expect(await reader.readOn()).toBe("done");
  expect(reader.known.size).toBe(3);
  expect(await follower(merge()).readOn()).toBe("done");
});

/** A discover told by hand: what it is asked for, and whether it was left. */
function byHand(): Discover<string, number> & {
  asked: number;
  left: number;
  give(batch: readonly Change<string, number>[]): void;
  fail(error: unknown): void;
} {
  const waiting: [(step: IteratorResult<readonly Change<string, number>[]>) => void, (error: unknown) => void][] = [];
  const hand = {
    asked: 0,
    left: 0,
    give: (value: readonly Change<string, number>[]): void => waiting.shift()?.[0]({ done: false, value }),
    fail: (error: unknown): void => waiting.shift()?.[1](error),
    [Symbol.asyncIterator]: () => ({
      next: (): Promise<IteratorResult<readonly Change<string, number>[]>> =>
        new Promise((...settlers) => {
          hand.asked += 1;
          waiting.push(settlers);
        }),
      return: async (): Promise<IteratorResult<readonly Change<string, number>[]>> => {
        hand.left += 1;
        return { done: true, value: undefined };
      },
    }),
  };
  return hand;
}

test("it fails with the first that fails, after what came before, and leaves the others", async () => {
  const [one, two, three] = [byHand(), byHand(), byHand()];
  const reader = follower(merge(one, two, three));
  await reader.read();
  const failure = new Error("gone");
  one.give([{ type: "insert", key: "a", service: 1 }]);
  two.fail(failure);
  three.fail(new Error("too late"));
  expect(await reader.readOn()).toBe("failed");
  expect([...reader.known.keys()]).toEqual(["a"]);
  expect(reader.error).toBe(failure);
  expect([one.left, two.left, three.left]).toEqual([1, 0, 0]);
});

test("it reads each one batch ahead at most, however slowly it is read itself", async () => {
  const [one, two] = [byHand(), byHand()];
  const reader = follower(merge(one, two));
  await reader.read();
  for (let key = 0; key < 10; key += 1) {
    two.give([{ type: "insert", key: `${key}`, service: key }]);
    await settle();
  }
  expect([one.asked, two.asked]).toEqual([1, 1]);
  await reader.read();
  expect([one.asked, two.asked]).toEqual([1, 2]);
});

test("what is read together counts in the order in which it came, whatever the order of the discovers", async () => {
  const [one, two] = [byHand(), byHand()];
  const reader = follower(merge(one, two));
  await reader.read();
  two.give([{ type: "insert", key: "a", service: 2 }]);
  one.give([{ type: "insert", key: "a", service: 1 }]);
  await reader.readOn();
  two.give([{ type: "remove", key: "a" }]);
  await reader.readOn();
  expect(words(reader.batches)).toEqual(["+a=2 +a=1"]);
  one.give([{ type: "remove", key: "a" }]);
  await reader.readOn();
  expect(words(reader.batches)).toEqual(["+a=2 +a=1", "-a"]);
});

test("what is no batch fails it, after what came before, and leaves all of them", async () => {
  for (const [batch, came] of [
    [undefined, "undefined"],
    [null, "null"],
    [7, "7"],
    [{ type: "insert", key: "b", service: 2 }, "an object"],
  ] as const) {
    const [one, two] = [byHand(), byHand()];
    const reader = follower(merge(one, two));
    await reader.read();
    one.give([{ type: "insert", key: "a", service: 1 }]);
    await settle();
    two.give(batch as never);
    expect(await reader.readOn()).toBe("failed");
    expect([...reader.known.keys()]).toEqual(["a"]);
    expect(isBalError(reader.error, "BAL_INVALID_OPTION")).toBe(true);
    expect((reader.error as Error).message).toMatch(new RegExp(`^a batch of discover: expected .*, got ${came}$`));
    expect([one.left, two.left]).toEqual([1, 1]);
  }
});

test("a change that is neither an insert nor a remove is handed on, for the reader to refuse", async () => {
  const one = byHand();
  const iterator = merge(one)[Symbol.asyncIterator]();
  const next = iterator.next();
  await settle();
  one.give([{ type: "x", key: "a" }] as never);
  expect((await next).value).toEqual([{ type: "x", key: "a" }]);
});

test("a second removal by the owner changes nothing either", async () => {
  const one = byHand();
  const reader = follower(merge(one));
  await reader.read();
  one.give([{ type: "insert", key: "a", service: 1 }]);
  await reader.readOn();
  one.give([{ type: "remove", key: "a" }]);
  await reader.readOn();
  one.give([{ type: "remove", key: "a" }]);
  await reader.readOn();
  expect(words(reader.batches)).toEqual(["+a=1", "-a"]);
});

test("left while it waits, it leaves all that it has asked, once", async () => {
  const [one, two] = [byHand(), byHand()];
  const iterator = merge(one, two)[Symbol.asyncIterator]();
  const next = iterator.next();
  await settle();
  await iterator.return?.();
  await iterator.return?.();
  expect((await next).done).toBe(true);
  expect([one.left, two.left]).toEqual([1, 1]);
  one.give([{ type: "insert", key: "a", service: 1 }]);
  await settle();
  expect([one.asked, (await iterator.next()).done]).toEqual([1, true]);
});

test("a discover that is none is refused", () => {
  let thrown: unknown;
  try {
    merge(list([1]), [] as never);
  } catch (error) {
    thrown = error;
  }
  expect(isBalError(thrown, "BAL_INVALID_OPTION")).toBe(true);
});

test("whatever the sources do, it comes to what owners by the last insert give", async () => {
  const action = fc.tuple(fc.constantFrom("insert", "insert", "remove", "read"), fc.nat(2), fc.nat(3), fc.nat(9));
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 50 }), async (actions) => {
      const sets = [endpointSet<number, string>(), endpointSet<number, string>(), endpointSet<number, string>()];
      const model = new Map<number, { readonly owner: number; readonly service: string }>();
      const reader = follower(merge(...sets));
      await reader.readOn();
      for (const [kind, from, key, value] of actions) {
        const set = sets[from];
        if (kind === "insert") {
          const service = `${from}:${value}`;
          if (set?.get(key) !== service) model.set(key, { owner: from, service });
          set?.insert(key, service);
        } else if (kind === "remove") {
          if (set?.remove(key) && model.get(key)?.owner === from) model.delete(key);
        }
        // In the order of the changes, so that which insert was the last is the same for both.
        await reader.readOn();
      }
      expect(reader.known).toEqual(new Map([...model].map(([key, { service }]) => [key, service])));
    }),
    { numRuns: 100 },
  );
});
