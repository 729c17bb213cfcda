// room: one promise for all who wait.

import { room } from "@bal/service";
import { expect, test } from "vitest";
import { rejection } from "./support/rejection.ts";

test("all who wait for room are told, once", async () => {
  const { promise, resolve, reject } = room();
  const waiting = [promise, promise];
  resolve();
  reject("too late");
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
});

test("all who wait hear of a failure", async () => {
  const { promise, resolve, reject } = room();
  const waiting = [rejection(promise), rejection(promise)];
  reject("gone");
  resolve();
  expect(await Promise.all(waiting)).toEqual(["gone", "gone"]);
});
