// Asking a service that anyone may have written.

import { EndpointError } from "@bal/errors";
import { askReady } from "@bal/service";
import { expect, test } from "vitest";

test("true and promises are given back as they are", () => {
  const soon = Promise.resolve();
  expect(askReady({ ready: () => true })).toBe(true);
  expect(askReady({ ready: () => soon })).toBe(soon);
});

test("a throw is a rejection", async () => {
  const broken = new Error("broken");
  const service = {
    ready: () => {
      throw broken;
    },
  };
  await expect(askReady(service)).rejects.toBe(broken);
});

test.each([undefined, null, false, 1, "yes", {}])("%o is no answer", async (answer) => {
  const asked = askReady({ ready: () => answer as never });
  await expect(asked).rejects.toBeInstanceOf(EndpointError);
  await expect(asked).rejects.toThrow(/neither true nor a promise/);
});
