// A maker of balances, one for each target.

import { list } from "@bal/discover";
import { pendingRequests } from "@bal/load";
import { makeBalance, p2c } from "@bal/p2c";
import { serviceFn } from "@bal/service";
import { mockService, settle } from "@bal/service/testing";
import { expect, test } from "vitest";
import { handFed, type MockEndpoint } from "./support/hand-fed.ts";

const endpointsOf = (target: string) =>
  list([1, 2].map((n) => pendingRequests()(serviceFn(async (request: string) => `${target}${n}: ${request}`))));

test("each target gets a balance over its own endpoints, with options of its own", async () => {
  const targets: string[] = [];
  const make = makeBalance(
    serviceFn(async (target: string) => endpointsOf(target)),
    (target) => {
      targets.push(target);
      return { picker: p2c({ random: () => 0 }) };
    },
  );
  expect(make.ready()).toBe(true);
  const [users, carts] = await Promise.all([make.call("users"), make.call("carts")]);
  expect(await users.call("hi")).toBe("users1: hi");
  expect(await carts.call("hi")).toBe("carts1: hi");
  expect(targets).toEqual(["users", "carts"]);
});

test("it is ready when the maker of discovers is, passes the signal on, rejects as it does, and closes it", async () => {
  const { service, handle } = mockService<string, ReturnType<typeof endpointsOf>>({ allow: 0 });
  const make = makeBalance(service);
  expect(make.ready()).not.toBe(true);
  handle.allow(2);
  const failing = make.call("a");
  handle.calls[0]?.reject(new Error("no such service"));
  await expect(failing).rejects.toThrow("no such service");
  const abort = new AbortController();
  const aborted = make.call("b", { signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  await make.close?.();
  expect(handle.closed).toBe(1);
});

test("a balance that is made after its call was aborted is closed again", async () => {
  const source = handFed<string, MockEndpoint["service"]>();
  const abort = new AbortController();
  const deaf = {
    ready: () => true as const,
    call: async () => {
      await settle();
      return source.discover;
    },
  };
  const made = makeBalance(deaf).call(undefined as never, { signal: abort.signal });
  abort.abort(new Error("too late"));
  await expect(made).rejects.toThrow("too late");
  expect(source.returned).toBe(1);
});

test("wrong arguments are told at once", () => {
  expect(() => makeBalance({} as never)).toThrow("makeDiscover");
  expect(() => makeBalance(serviceFn(endpointsOf), 3 as never)).toThrow("options");
});
