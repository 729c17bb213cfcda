// What least refuses, and what it never asks.

import { InvalidOptionError } from "@bal/errors";
import { least } from "@bal/least";
import type { Endpoint, Load } from "@bal/service";
import { seededRandom } from "@bal/service/testing";
import { expect, test } from "vitest";

test("a random that is no function is refused at construction", () => {
  expect(() => least({ random: 4 as never })).toThrow(InvalidOptionError);
  expect(() => least({ random: 4 as never })).toThrow(/random.*function.*4/);
});

test.each([null, 5, () => 0.5])("options that are %o are refused at construction", (options) => {
  expect(() => least(options as never)).toThrow("options: expected an object, got ");
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

test("an endpoint that changed and then went to another order leaves no trace in the one that it left", () => {
  const [here, there] = [{}, {}];
  const service = (load: number) => ({ load: () => load, rank: () => Math.log(load), order: here });
  const picker = least<Endpoint<string, Load>>();
  const [gone, low, high] = [
    { key: "gone", slot: -1, service: service(1_000) },
    { key: "low", slot: -1, service: service(2) },
    { key: "high", slot: -1, service: service(50) },
  ] as const;
  picker.add(gone);
  picker.add(low);
  picker.changed?.(gone);
  gone.service.order = there;
  picker.changed?.(gone);
  picker.add(high);
  expect(picker.pick()).toBe(low);
});

test("two equal ones at the ends of the heap's first generation are both picked", () => {
  const picker = least<Endpoint<number, Load>>({ random: seededRandom(3) });
  const order = {};
  const rank = (key: number): number => (key === 0 || key === 4 ? 1 : 2);
  for (let key = 0; key < 40; key += 1) {
    picker.add({ key, slot: -1, service: { load: () => Math.exp(rank(key)), rank: () => rank(key), order } });
  }
  const picked = new Set(Array.from({ length: 100 }, () => picker.pick()?.key));
  expect([...picked].sort()).toEqual([0, 4]);
});

test("the one at the top is asked again only while something is in flight on it", () => {
  let asked = 0;
  const service = {
    pending: 0,
    order: {},
    load: () => 1,
    rank: () => {
      asked += 1;
      return 0;
    },
  };
  const picker = least<Endpoint<number, Load>>();
  picker.add({ key: 0, slot: -1, service });
  picker.pick();
  expect(asked).toBe(1);
  service.pending = 1;
  picker.pick();
  expect(asked).toBe(2);
});
