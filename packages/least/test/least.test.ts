// What least refuses, and what it never asks.

import { InvalidOptionError } from "@bal/errors";
import { least } from "@bal/least";
import { expect, test } from "vitest";

test("a random that is no function is refused at construction", () => {
  expect(() => least({ random: 4 as never })).toThrow(InvalidOptionError);
  expect(() => least({ random: 4 as never })).toThrow(/random.*function.*4/);
});

test("a service without a load is refused when it is added", () => {
  const picker = least();
  expect(() => picker.add({ key: 0, service: {} as never, slot: -1 })).toThrow(/load\(\)/);
  expect(picker.pick()).toBeUndefined();
});

test("among loads of one order only ranks are asked, and of those not moved only that of the picked", () => {
  const order = {};
  const asked: number[] = [];
  const picker = least({ random: () => 0 });
  const all = Array.from({ length: 200 }, (_, key) => ({
    key,
    slot: -1,
    service: {
      order,
      load: (): number => {
        throw new Error("the load of one order needs no asking");
      },
      rank: () => {
        asked.push(key);
        return (key * 37) % 200;
      },
    },
  }));
  for (const each of all) picker.add(each);
  asked.length = 0;
  expect(picker.pick()?.key).toBe(0);
  expect(asked).toEqual([0]);
});

test("chance is asked only between equal ones", () => {
  const order = {};
  let asked = 0;
  const random = (): number => {
    asked += 1;
    return 0.5;
  };
  for (const count of [5, 100]) {
    const picker = least({ random });
    for (let key = 0; key < count; key += 1) {
      picker.add({ key, slot: -1, service: { load: () => key, order, rank: () => key } });
    }
    picker.pick();
  }
  expect(asked).toBe(0);
});
