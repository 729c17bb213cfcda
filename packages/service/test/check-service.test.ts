// checkService: what is a service, and what is said of what is none.

import { checkService, serviceFn } from "@bal/service";
import { expect, test } from "vitest";

test("a service is given back, a function with its methods too", () => {
  const service = serviceFn(async () => 1);
  expect(checkService("inner", service)).toBe(service);
  const callable = Object.assign(() => {}, { ready: () => true, call: async () => 1 });
  expect(checkService("inner", callable)).toBe(callable);
});

test.each([undefined, null, 7, "service", {}, { ready: () => true }, { call: async () => 1 }])(
  "%o is none, which says what was expected and what came",
  (value) => {
    expect(() => checkService("inner", value)).toThrow(/^inner: expected an object with ready\(\) and call\(\), got /);
  },
);
