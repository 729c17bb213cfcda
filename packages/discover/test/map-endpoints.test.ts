// What is mapped is built once for each reader, when it is handed over, and always reaches an owner.

import { endpointSet, list, mapEndpoints } from "@bal/discover";
import { DiscoverError, isBalError } from "@bal/errors";
import type { Change, Discover } from "@bal/service";
import { settle } from "@bal/service/testing";
import { expect, test } from "vitest";
import { follower, words } from "./follower.ts";

test("each service goes through the layer, with its key", async () => {
  const reader = follower(mapEndpoints(endpointSet({ a: 1, b: 2 }), (service, key) => `${key}${service}`));
  await reader.readOn();
  expect(words(reader.batches)).toEqual(["+a=a1 +b=b2"]);
});

test("each reader has services of its own", async () => {
  const mapped = mapEndpoints(list([{}]), (inner) => ({ inner }));
  const [one, two] = [follower(mapped), follower(mapped)];
  await one.readOn();
  await two.readOn();
  expect(one.known.get(0)).toBeDefined();
  expect(one.known.get(0)).not.toBe(two.known.get(0));
  expect(one.known.get(0)?.inner).toBe(two.known.get(0)?.inner);
});

// A set tells no insert that changes nothing, so one that does is written by hand.
async function* told(...batches: Change<string, number>[][]): AsyncGenerator<readonly Change<string, number>[]> {
  yield* batches;
}

test("the same value again under its key is not built again; another, or one after a removal, is", async () => {
  const insert = (service: number): Change<string, number> => ({ type: "insert", key: "a", service });
  let built = 0;
  const reader = follower(
    mapEndpoints(
      told([insert(Number.NaN)], [insert(Number.NaN)], [insert(2)], [{ type: "remove", key: "a" }, insert(2)]),
      () => {
        built += 1;
        return built;
      },
    ),
  );
  await reader.readOn();
  expect(words(reader.batches)).toEqual(["+a=1", "+a=1", "+a=2", "-a +a=3"]);
});

test("nothing is built for a reader that is not there to take it", async () => {
  const set = endpointSet<string, number>({ a: 1 });
  let built = 0;
  const iterator = mapEndpoints(set, () => {
    built += 1;
  })[Symbol.asyncIterator]();
  expect(built).toBe(0);
  await iterator.next();
  set.insert("b", 2);
  await settle();
  expect(built).toBe(1);
  const waiting = iterator.next();
  const left = iterator.return?.();
  expect((await waiting).done).toBe(true);
  await left;
  await settle();
  expect(built).toBe(1);
});

test("a layer that throws fails the discover with the key and the cause, after what was built before", async () => {
  const cause = new Error("no such scheme");
  let left = 0;
  const source: Discover<string, number> = {
    [Symbol.asyncIterator]() {
      const inner = endpointSet({ a: 1, b: 2, c: 3 })[Symbol.asyncIterator]();
      return {
        next: () => inner.next(),
        return: async () => {
          left += 1;
          return { done: true, value: undefined };
        },
      };
    },
  };
  const reader = follower(
    mapEndpoints(source, (n) => {
      if (n === 2) throw cause;
      return n;
    }),
  );
  expect(await reader.readOn()).toBe("failed");
  expect(words(reader.batches)).toEqual(["+a=1"]);
  expect(reader.error).toBeInstanceOf(DiscoverError);
  expect(reader.error).toMatchObject({ code: "BAL_DISCOVER", cause });
  expect(String(reader.error)).toContain("for the endpoint b");
  expect(left).toBe(1);
});

test("what is no batch fails it, and is left; a change that is none is handed on, and nothing is built of it", async () => {
  let left = 0;
  const giving = (batch: unknown): Discover<string, number> => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: batch as never }),
      return: async () => {
        left += 1;
        return { done: true, value: undefined };
      },
    }),
  });
  for (const batch of [undefined, null, 7]) {
    const reader = follower(mapEndpoints(giving(batch), (n) => n));
    expect(await reader.readOn()).toBe("failed");
    expect(String(reader.error)).toMatch(`a batch of discover: expected`);
    expect(String(reader.error)).toMatch(`got ${batch}`);
  }
  expect(left).toBe(3);
  let built = 0;
  const none = mapEndpoints(giving([{ type: "x", key: "a", service: 1 }]), () => {
    built += 1;
  })[Symbol.asyncIterator]();
  expect((await none.next()).value).toEqual([{ type: "x", key: "a", service: 1 }]);
  expect(built).toBe(0);
});

test("a failure of the discover below passes through as it is", async () => {
  const failure = new Error("the registry is gone");
  const failing: Discover<string, number> = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(failure) }),
  };
  const reader = follower(mapEndpoints(failing, (n) => n));
  expect(await reader.readOn()).toBe("failed");
  expect(reader.error).toBe(failure);
});

test("after a failure every further next() is done, those that waited behind it too", async () => {
  const failing: Discover<string, number> = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("gone")) }),
  };
  const iterator = mapEndpoints(failing, (n) => n)[Symbol.asyncIterator]();
  const waiting = await Promise.allSettled([iterator.next(), iterator.next()]);
  expect(waiting.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  expect((await iterator.next()).done).toBe(true);
});

test("a discover whose next() throws where it should reject fails the reader", async () => {
  const failure = new Error("thrown");
  const failing: Discover<string, number> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        throw failure;
      },
    }),
  };
  const reader = follower(mapEndpoints(failing, (n) => n));
  expect(await reader.readOn()).toBe("failed");
  expect(reader.error).toBe(failure);
});

test("it can be left while it waits for an async generator, which cannot", async () => {
  let release = (): void => {};
  async function* waiting(): AsyncGenerator<readonly Change<string, number>[]> {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  }
  const iterator = mapEndpoints(waiting(), (n) => n)[Symbol.asyncIterator]();
  const next = iterator.next();
  await settle();
  let left = false;
  const leaving = iterator.return?.().then(() => {
    left = true;
  });
  expect((await next).done).toBe(true);
  await settle();
  expect(left).toBe(false);
  release();
  await leaving;
});

test("what the discover below fails with on being left is dropped", async () => {
  const stubborn: Discover<string, number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => Promise.reject(new Error("will not leave")),
    }),
  };
  const iterator = mapEndpoints(stubborn, (n) => n)[Symbol.asyncIterator]();
  const next = iterator.next();
  await settle();
  expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
  expect((await next).done).toBe(true);
});

test.each([
  ["a discover that is none", () => mapEndpoints({} as never, (n) => n)],
  ["no discover", () => mapEndpoints(undefined as never, (n) => n)],
  ["a layer that is no function", () => mapEndpoints(list([1]), {} as never)],
])("%s is refused", (_, make) => {
  let thrown: unknown;
  try {
    make();
  } catch (error) {
    thrown = error;
  }
  expect(isBalError(thrown, "BAL_INVALID_OPTION")).toBe(true);
});
