/** Origins that come and go: who stays is the same endpoint, and who is wrong takes nobody along. */
import { type EndpointSet, endpointSet, list } from "@bal/discover";
import { balancedFetch, type OriginEndpoint } from "@bal/fetch";
import { constant } from "@bal/load";
import { balance } from "@bal/p2c";
import type { Change, Discover } from "@bal/service";
import { expect, onTestFinished, test, vi } from "vitest";

function fetchOver(origins: Discover<unknown, string | URL>) {
  const load = vi.fn((endpoint: OriginEndpoint) => endpoint);
  const failed = vi.fn();
  const fetch = balancedFetch(origins, {
    balance: (endpoints) => balance(endpoints, { observer: { discoveryFailed: failed } }),
    load,
    fetch: async (url) => new Response(url),
  });
  onTestFinished(() => fetch.close());
  const there = () => fetch.endpoints().map(({ origin }) => origin);
  return { fetch, load, failed, there };
}

test("an origin inserted again under its key is the same endpoint; another, or after a removal, is a new one", async () => {
  const set: EndpointSet<string, string | URL> = endpointSet<string, string | URL>();
  const { load, there } = fetchOver(set);
  for (const origin of ["http://a", "http://a/", new URL("http://a"), "http://a:80"]) {
    set.insert("key", origin);
    await expect.poll(there).toEqual(["http://a"]);
  }
  expect(load).toHaveBeenCalledTimes(1);
  set.insert("key", "http://b");
  await expect.poll(there).toEqual(["http://b"]);
  set.remove("key");
  await expect.poll(there).toEqual([]);
  set.insert("key", "http://b");
  await expect.poll(there).toEqual(["http://b"]);
  expect(load).toHaveBeenCalledTimes(3);
});

test("a wrong origin fails the discover, is left, and what came before it in the batch serves and is closed", async () => {
  const left = vi.fn();
  const batch = ["http://a", "nowhere", "http://c"].map(
    (service, key): Change<number, string> => ({ type: "insert", key, service }),
  );
  const origins: Discover<number, string> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: batch }),
      return: async () => {
        left();
        return { done: true, value: undefined };
      },
    }),
  };
  const { fetch, there, failed } = fetchOver(origins);
  expect(await (await fetch("/")).text()).toBe("http://a/");
  expect(there()).toEqual(["http://a"]);
  await expect.poll(() => left.mock.calls.length).toBe(1);
  await expect.poll(() => failed.mock.calls.length).toBe(1);
  expect(String(failed.mock.calls[0]![0])).toContain("an origin of discover: expected");
  await fetch.close();
  expect(there()).toEqual([]);
});

test("a load that throws leaves no endpoint behind", async () => {
  const fetch = balancedFetch(list(["http://a"]), {
    balance: (endpoints) => balance(endpoints),
    load: () => constant(-1)(undefined as never) as never,
  });
  await expect(fetch("/")).rejects.toMatchObject({ code: "BAL_DISCOVER" });
  expect(fetch.endpoints()).toEqual([]);
  await fetch.close();
});
