// follow: one `.then` for the end of a request.

import { type Follower, follow } from "@bal/service";
import { settle } from "@bal/service/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

function noting(): Follower<unknown> & { readonly heard: unknown[][] } {
  const heard: unknown[][] = [];
  return {
    heard,
    fulfilled: (...args) => void heard.push(["fulfilled", ...args]),
    rejected: (...args) => void heard.push(["rejected", ...args]),
  };
}

describe("follow", () => {
  test("tells how the promise settles, with what was noted", async () => {
    const follower = noting();
    const { signal } = new AbortController();
    follow(Promise.resolve("yes"), follower, 12.5, 3, signal);
    follow(Promise.reject("no"), follower);
    await settle();
    expect(follower.heard).toEqual([
      ["fulfilled", "yes", 12.5, 3, signal],
      ["rejected", "no", 0, 0, undefined],
    ]);
  });

  test("tells each of several followers of one promise", async () => {
    const [one, two] = [noting(), noting()];
    const promise = Promise.resolve(1);
    follow(promise, one, 1);
    follow(promise, two, 2);
    await settle();
    expect([one.heard.length, two.heard.length]).toEqual([1, 1]);
  });

  test("may be asked to follow the next while it tells of the last", async () => {
    const heard: number[] = [];
    const follower: Follower<number> = {
      fulfilled(value, startedAt) {
        heard.push(value, startedAt);
        if (value < 3) follow(Promise.resolve(value + 1), follower, startedAt + 10);
      },
      rejected() {},
    };
    follow(Promise.resolve(1), follower, 100);
    await settle();
    expect(heard).toEqual([1, 100, 2, 110, 3, 120]);
  });

  test("never mixes up two flights, in whatever order thousands settle", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2_000), { minLength: 1, maxLength: 3_000 }), async (order) => {
        const follower = noting();
        const pending = order.map((_, i) => {
          const { promise, resolve, reject } = ((): PromiseWithEnds => {
            const ends = {} as PromiseWithEnds;
            const promise = new Promise<number>((yes, no) => Object.assign(ends, { resolve: yes, reject: no }));
            return Object.assign(ends, { promise });
          })();
          follow(promise, follower, i, i + 0.5);
          return i % 3 === 0 ? () => reject(i) : () => resolve(i);
        });
        for (const [i] of [...order.entries()].sort(([, a], [, b]) => a - b)) pending[i]?.();
        await settle();
        expect(follower.heard.length).toBe(order.length);
        for (const [state, value, startedAt, place] of follower.heard) {
          const i = value as number;
          expect([state, startedAt, place]).toEqual([i % 3 === 0 ? "rejected" : "fulfilled", i, i + 0.5]);
        }
      }),
      { numRuns: 20, seed: 20_241_124 },
    );
  });
});

interface PromiseWithEnds {
  promise: Promise<number>;
  resolve(value: number): void;
  reject(error: unknown): void;
}
