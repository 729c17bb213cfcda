// The checks of options.

import {
  checkFunction,
  checkHooks,
  checkMethods,
  checkNumber,
  checkObject,
  InvalidOptionError,
  type NumberRange,
} from "@bal/errors";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

function message(fn: () => unknown): string {
  let value: unknown;
  try {
    value = fn();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    return (error as InvalidOptionError).message;
  }
  throw new Error(`expected a throw, got ${String(value)}`);
}

describe("checkNumber", () => {
  test.each<[unknown, NumberRange | undefined, string]>([
    [-1, undefined, "x: expected a number from 0, got -1"],
    [Number.NaN, undefined, "x: expected a number from 0, got NaN"],
    ["1", undefined, 'x: expected a number from 0, got "1"'],
    [1n, undefined, "x: expected a number from 0, got 1"],
    [undefined, undefined, "x: expected a number from 0, got undefined"],
    [0, { above: true, unit: "ms" }, "x: expected a number above 0, in ms, got 0"],
    [2, { max: 1 }, "x: expected a number from 0 to 1, got 2"],
    [Infinity, { max: 1e9 }, "x: expected a number from 0 to 1000000000, got Infinity"],
    [1.5, { min: 1, whole: true }, "x: expected a whole number from 1, got 1.5"],
    [
      -Infinity,
      { min: -5, above: true, max: 5, whole: true },
      "x: expected a whole number above -5 to 5, got -Infinity",
    ],
  ])("refuses %s within %o", (value, range, expected) => {
    expect(message(() => checkNumber("x", value, range))).toBe(expected);
  });

  test("gives back what is in the range, and nothing else", () => {
    const limit = fc.integer({ min: -50, max: 50 });
    const halves = fc.integer({ min: -120, max: 120 }).map((n) => n / 2);
    const value = fc.oneof(halves, fc.double({ min: -60, max: 60 }), fc.constant(Infinity));
    fc.assert(
      fc.property(value, limit, limit, fc.boolean(), fc.boolean(), (n, min, max, above, whole) => {
        const inside = n >= min && n <= max && !(above && n === min) && !(whole && !Number.isInteger(n));
        const check = (): number => checkNumber("x", n, { min, max, above, whole });
        if (inside) expect(check()).toBe(n);
        else expect(message(check)).toContain(above ? `above ${min}` : `from ${min}`);
      }),
      { numRuns: 1_000, seed: 20_241_124 },
    );
  });

  test("takes Infinity for a whole number where there is no upper limit", () => {
    expect(checkNumber("x", Infinity, { whole: true })).toBe(Infinity);
  });
});

describe("checkFunction", () => {
  test("gives back a function, and nothing else", () => {
    const fn = (): number => 1;
    expect(checkFunction("now", fn)).toBe(fn);
    expect(message(() => checkFunction("now", 5))).toBe("now: expected a function, got 5");
  });
});

describe("checkMethods", () => {
  test("gives back what has all the methods, its own or of its class", () => {
    class Service {
      ready(): void {}
      call(): void {}
    }
    const service = new Service();
    expect(checkMethods("service", service, ["ready", "call"])).toBe(service);
    const list = [1];
    expect(checkMethods("list", list, [Symbol.iterator])).toBe(list);
  });

  test.each([
    [{ ready() {} }, "service: expected an object with ready() and call(), got an object"],
    [{ ready: true, call: true }, "service: expected an object with ready() and call(), got an object"],
    [undefined, "service: expected an object with ready() and call(), got undefined"],
    [null, "service: expected an object with ready() and call(), got null"],
    [42, "service: expected an object with ready() and call(), got 42"],
  ])("refuses %o", (value, expected) => {
    expect(message(() => checkMethods("service", value, ["ready", "call"]))).toBe(expected);
  });

  test("names a symbol as one", () => {
    const open = Symbol.asyncIterator;
    expect(message(() => checkMethods("discover", {}, [open]))).toBe(
      "discover: expected an object with Symbol(Symbol.asyncIterator)(), got an object",
    );
  });
});

describe("checkObject", () => {
  test("gives back an object, whatever is in it", () => {
    for (const options of [{}, { max: 1 }, Object.create(null), new (class Options {})()]) {
      expect(checkObject("options", options)).toBe(options);
    }
  });

  test.each([
    [null, "options: expected an object, got null"],
    [undefined, "options: expected an object, got undefined"],
    [() => {}, "options: expected an object, got a function"],
    [5_000, "options: expected an object, got 5000"],
  ])("refuses %o", (value, expected) => {
    expect(message(() => checkObject("options", value))).toBe(expected);
  });

  test("says what else would have been right", () => {
    expect(message(() => checkObject("target", "a", "a host and a port"))).toBe(
      'target: expected a host and a port, got "a"',
    );
  });
});

describe("checkHooks", () => {
  test("gives back an object with any hooks, or nothing", () => {
    for (const observer of [{}, { opened() {} }, new (class Observer {})(), undefined]) {
      expect(checkHooks("observer", observer)).toBe(observer);
    }
  });

  test.each([
    [null, "observer: expected an object of hooks, got null"],
    [() => {}, "observer: expected an object of hooks, got a function"],
    ["console", 'observer: expected an object of hooks, got "console"'],
  ])("refuses %o", (value, expected) => {
    expect(message(() => checkHooks("observer", value))).toBe(expected);
  });
});
