// The failures that bal reports: their names, codes, messages and causes.

import {
  BalError,
  type BalErrorCode,
  ClosedError,
  DiscoverError,
  EndpointError,
  InvalidOptionError,
  isBalError,
  MakeError,
  NoEndpointsError,
  OverloadedError,
} from "@bal/errors";
import { describe, expect, test } from "vitest";

const cause = new Error("behind it");
const kinds: readonly [
  name: string,
  code: BalErrorCode,
  error: BalError,
  kind: abstract new (...args: never) => BalError,
][] = [
  ["ClosedError", "BAL_CLOSED", new ClosedError("a message", { cause }), ClosedError],
  ["OverloadedError", "BAL_OVERLOADED", new OverloadedError("a message", { cause }), OverloadedError],
  ["NoEndpointsError", "BAL_NO_ENDPOINTS", new NoEndpointsError("a message", { cause }), NoEndpointsError],
  ["DiscoverError", "BAL_DISCOVER", new DiscoverError("a message", { cause }), DiscoverError],
  ["EndpointError", "BAL_ENDPOINT", new EndpointError("a message", { cause }), EndpointError],
  ["MakeError", "BAL_MAKE", new MakeError("a message", { cause }), MakeError],
];

describe.each(kinds)("%s", (name, code, error, kind) => {
  test("has its name, its code, its message and its cause", () => {
    expect([error.name, error.code, error.message, error.cause]).toEqual([name, code, "a message", cause]);
    expect(String(error)).toBe(`${name}: a message`);
    expect(error.stack).toContain("a message");
  });

  test("is an Error, a BalError and of its own kind alone", () => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(BalError);
    for (const [, , other] of kinds) expect(other instanceof kind).toBe(other === error);
  });

  test("shows nothing of its own but the code", () => {
    expect(Object.keys(error)).toEqual(["code"]);
    expect(JSON.stringify(error)).toBe(`{"code":"${code}"}`);
  });

  test("is recognised, by its code where one is asked for", () => {
    expect(isBalError(error)).toBe(true);
    for (const [, other] of kinds) expect(isBalError(error, other)).toBe(other === code);
  });
});

test("a failure without a cause has none", () => {
  expect("cause" in new ClosedError("alone")).toBe(false);
  expect(new MakeError("with nothing", { cause: undefined })).toHaveProperty("cause", undefined);
});

test("isBalError takes nothing else for one of bal's", () => {
  const others = [undefined, null, 0, "BAL_CLOSED", Symbol.for("bal.error"), () => {}, {}, new Error("another")];
  for (const other of [...others, { code: "BAL_CLOSED", name: "ClosedError" }, cause]) {
    expect(isBalError(other)).toBe(false);
    expect(isBalError(other, "BAL_CLOSED")).toBe(false);
  }
});

test("a kind that somebody adds is a BalError too", () => {
  class MyError extends ClosedError {}
  const error = new MyError("mine");
  expect(isBalError(error, "BAL_CLOSED")).toBe(true);
  expect(error.name).toBe("ClosedError");
  error.name = "MyError";
  expect(String(error)).toBe("MyError: mine");
});

describe("InvalidOptionError says what was expected and what came", () => {
  test.each<[unknown, string]>([
    [-1, "-1"],
    [Number.NaN, "NaN"],
    [10n, "10"],
    [true, "true"],
    [undefined, "undefined"],
    [null, "null"],
    ["2", '"2"'],
    ["a".repeat(100), `"${"a".repeat(59)}`],
    [Symbol("secret"), "Symbol(secret)"],
    [() => {}, "a function"],
    [[1, 2, 3], "an object of Array"],
    [{ a: 1 }, "an object"],
    [new Map(), "an object of Map"],
    [Object.create(null), "an object"],
  ])("%o", (came, shown) => {
    const error = new InvalidOptionError("decayMs", { expected: "a number above 0, in ms", came });
    expect(String(error)).toBe(`InvalidOptionError: decayMs: expected a number above 0, in ms, got ${shown}`);
    expect(error.code).toBe("BAL_INVALID_OPTION");
    expect(isBalError(error, "BAL_INVALID_OPTION")).toBe(true);
  });
});
