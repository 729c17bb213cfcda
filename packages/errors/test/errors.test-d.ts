// What the compiler knows of bal's failures.

import {
  type BalError,
  type BalErrorCode,
  ClosedError,
  checkFunction,
  checkMethods,
  checkNumber,
  isBalError,
  OverloadedError,
} from "@bal/errors";
import { expectTypeOf, test } from "vitest";

test("isBalError narrows to BalError", () => {
  const value: unknown = new ClosedError("closed");
  if (isBalError(value)) expectTypeOf(value).toEqualTypeOf<BalError>();
  else expectTypeOf(value).toEqualTypeOf<unknown>();
});

test("codes are a closed set, and each kind knows its own", () => {
  expectTypeOf(new ClosedError("closed").code).toEqualTypeOf<"BAL_CLOSED">();
  expectTypeOf(new OverloadedError("full").code).toExtend<BalErrorCode>();
  // @ts-expect-error there is no such code
  isBalError(undefined, "BAL_NOTHING");
});

test("a switch over the codes knows when it has all", () => {
  const shown = (error: BalError): string => {
    switch (error.code) {
      case "BAL_CLOSED":
      case "BAL_OVERLOADED":
      case "BAL_NO_ENDPOINTS":
      case "BAL_DISCOVER":
      case "BAL_ENDPOINT":
      case "BAL_MAKE":
      case "BAL_INVALID_OPTION":
        return "known";
      default:
        return error.code satisfies never;
    }
  };
  expectTypeOf(shown).returns.toBeString();
});

test("checks give back what they were given, as what it is", () => {
  const fn = (n: number): string => String(n);
  expectTypeOf(checkFunction("fn", fn)).toEqualTypeOf(fn);
  expectTypeOf(checkNumber("x", 1 as unknown)).toBeNumber();
  expectTypeOf(checkMethods("m", new Map<string, number>(), ["get"])).toEqualTypeOf<Map<string, number>>();
});
