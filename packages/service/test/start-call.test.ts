// startCall: a call on a service that anyone may have written.

import { startCall } from "@bal/service";
import { expect, test } from "vitest";
import { rejection } from "./support/rejection.ts";

const service = (call: (...args: unknown[]) => unknown) => ({ ready: (): true => true, call }) as never;

test("startCall hands on the request and the options, and gives the very promise back", () => {
  const promise = Promise.resolve(1);
  const options = {};
  const seen: unknown[] = [];
  const given = startCall(
    service((...args) => {
      seen.push(...args);
      return promise;
    }),
    "request" as never,
    options,
  );
  expect(given).toBe(promise);
  expect(seen).toEqual(["request", options]);
});

test("startCall makes a throw the rejection that it should have been", async () => {
  const failure = new Error("thrown");
  const call = (): never => {
    throw failure;
  };
  expect(await rejection(startCall(service(call), undefined as never))).toBe(failure);
});

test("startCall makes a plain value the response", async () => {
  for (const value of [7, undefined, null, "text", {}]) {
    expect(
      await startCall(
        service(() => value),
        undefined as never,
      ),
    ).toBe(value);
  }
});
