// reader: steps one after the other, and it can be left while it waits.

import { reader } from "@bal/service";
import { settle } from "@bal/service/testing";
import { describe, expect, test } from "vitest";
import { rejection } from "./support/rejection.ts";

/** A reader of what is given by hand, and what it did with its feed. */
function byHand() {
  const given: (number | Error)[] = [];
  const hand = {
    asked: 0,
    left: 0,
    ended: false,
    wake: (): void => {},
    give(...more: (number | Error)[]): void {
      given.push(...more);
      hand.wake();
    },
  };
  const iterator = reader<number>((wake) => {
    hand.wake = wake;
    return {
      take() {
        hand.asked += 1;
        const value = given.shift();
        if (value instanceof Error) throw value;
        if (value !== undefined) return { done: false, value };
        return hand.ended ? { done: true, value: undefined } : undefined;
      },
      leave() {
        hand.left += 1;
        return settle();
      },
    };
  });
  return { hand, iterator };
}

const over = { done: true, value: undefined };

describe("reader", () => {
  test("asks its feed for nothing before somebody waits, and then until there is something", async () => {
    const { hand, iterator } = byHand();
    await settle();
    expect(hand.asked).toBe(0);
    const step = iterator.next();
    await settle();
    expect(hand.asked).toBe(1);
    hand.wake();
    await settle();
    expect(hand.asked).toBe(2);
    hand.give(7, 8);
    expect(await step).toEqual({ done: false, value: 7 });
    await settle();
    expect(hand.asked).toBe(3);
  });

  test("serves several who wait in the order in which they asked", async () => {
    const { hand, iterator } = byHand();
    const order: unknown[] = [];
    const waits = [1, 2, 3].map((n) => iterator.next().then(({ value }) => order.push([n, value])));
    for (const value of [10, 20, 30]) {
      hand.give(value);
      await settle();
    }
    await Promise.all(waits);
    expect(order).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
  });

  test("asks in a microtask of its own, so that what comes in one turn can come together", async () => {
    const given: string[] = [];
    let wake = (): void => {};
    const iterator = reader<string>((wakeReader) => {
      wake = wakeReader;
      return {
        take: () => (given.length > 0 ? { done: false, value: given.splice(0).join("") } : undefined),
        leave() {},
      };
    });
    const step = iterator.next();
    await settle();
    for (const letter of "abc") {
      given.push(letter);
      wake();
    }
    expect(await step).toEqual({ done: false, value: "abc" });
  });

  test("is done when its feed is, for all who wait and who come later, and leaves it once", async () => {
    const { hand, iterator } = byHand();
    const waits = [iterator.next(), iterator.next()];
    await settle();
    hand.ended = true;
    hand.wake();
    expect(await Promise.all(waits)).toEqual([over, over]);
    expect([hand.asked, hand.left]).toEqual([2, 1]);
    expect(await iterator.next()).toEqual(over);
    expect(await iterator.return?.()).toEqual(over);
    expect([hand.asked, hand.left]).toEqual([2, 1]);
  });

  test("fails as its feed does, for who waits first; leaves it once, and is done from then on", async () => {
    const { hand, iterator } = byHand();
    const [first, second] = [rejection(iterator.next()), iterator.next()];
    const failure = new Error("gone");
    hand.give(failure, 5);
    expect(await first).toBe(failure);
    expect(await second).toEqual(over);
    expect(await iterator.next()).toEqual(over);
    expect(hand.left).toBe(1);
  });

  test("can be left while it waits, and before it was asked for anything", async () => {
    const { hand, iterator } = byHand();
    const waits = [iterator.next(), iterator.next()];
    await settle();
    expect(await iterator.return?.()).toEqual(over);
    expect(await Promise.all(waits)).toEqual([over, over]);
    await iterator.return?.();
    hand.give(1);
    expect(await iterator.next()).toEqual(over);
    expect([hand.asked, hand.left]).toEqual([1, 1]);
    const never = byHand();
    await never.iterator.return?.();
    expect([never.hand.asked, never.hand.left]).toEqual([0, 1]);
  });

  test("tells that it was left when its feed has freed everything, and fails as that does", async () => {
    let freed = false;
    const free = async (): Promise<void> => {
      await settle();
      freed = true;
    };
    const [works, fails] = [
      reader<number>(() => ({ take: () => undefined, leave: free })),
      reader<number>(() => ({ take: () => undefined, leave: () => Promise.reject("cannot free") })),
    ];
    await works.return?.();
    expect(freed).toBe(true);
    expect(await rejection(Promise.resolve(fails.return?.()))).toBe("cannot free");
  });
});
