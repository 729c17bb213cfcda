// startCall: a call on a service that anyone may have written.

import { answer, startCall } from "@bal/service";
import { settle } from "@bal/service/testing";
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

test("startCall gives an answer() back as it is", () => {
  const pending = answer<number>();
  expect(
    startCall(
      service(() => pending),
      undefined as never,
    ),
  ).toBe(pending);
});

test("startCall makes of any other thenable a promise, which settles once whatever the thenable does", async () => {
  type Then = (fulfilled: (value: unknown) => void, rejected: (error: unknown) => void) => void;
  const call = (then: Then): Promise<unknown> =>
    startCall(
      service(() => ({ then })),
      undefined as never,
    );
  const settled: unknown[] = [];
  const twice = call((fulfilled, rejected) => {
    fulfilled(1);
    fulfilled(2);
    rejected(3);
  });
  expect(twice).toBeInstanceOf(Promise);
  const note = (value: unknown): unknown => settled.push(value);
  twice.then(note, note);
  await settle();
  expect(settled).toEqual([1]);
  const failure = new Error("of its then");
  const throwing = call(() => {
    throw failure;
  });
  expect(await rejection(throwing)).toBe(failure);
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
