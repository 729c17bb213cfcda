// A list gives what it has at once, and ends.

import { list } from "@bal/discover";
import { isBalError } from "@bal/errors";
import { expect, test } from "vitest";
import { follower, words } from "./follower.ts";

test("a list gives its services in one batch under the keys from 0 on, and ends", async () => {
  const reader = follower(list(["a", "b", "c"]));
  expect(await reader.readOn()).toBe("done");
  expect(words(reader.batches)).toEqual(["+0=a +1=b +2=c"]);
});

test("an empty list ends without a batch", async () => {
  const reader = follower(list([]));
  expect(await reader.readOn()).toBe("done");
  expect(reader.batches).toEqual([]);
});

test("a list takes anything that can be iterated, once, and gives each reader all of it", async () => {
  function* services(): Generator<string> {
    yield "a";
    yield "b";
  }
  const discover = list(services());
  for (const reader of [follower(discover), follower(discover)]) {
    await reader.readOn();
    expect(words(reader.batches)).toEqual(["+0=a +1=b"]);
  }
});

test("a list does not change with the array that it was made of", async () => {
  const services = ["a"];
  const discover = list(services);
  services.push("b");
  const reader = follower(discover);
  await reader.readOn();
  expect(reader.known.size).toBe(1);
});

test("several next() of a list that wait are served in order", async () => {
  const iterator = list(["a"])[Symbol.asyncIterator]();
  const steps = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
  expect(steps.map(({ done }) => done)).toEqual([false, true, true]);
});

test.each([undefined, null, 3, {}, "abc"])("a list of %j is refused", (services) => {
  let thrown: unknown;
  try {
    list(services as never);
  } catch (error) {
    thrown = error;
  }
  expect(isBalError(thrown, "BAL_INVALID_OPTION") && thrown.message).toContain("services: expected an object with");
});
