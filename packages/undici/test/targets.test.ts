/** Targets that come and go: who stays keeps its client, and who is wrong takes nobody along. */
import { endpointSet } from "@bal/discover";
import { balance } from "@bal/p2c";
import type { Change, Discover } from "@bal/service";
import { balancedDispatcher, type Target } from "@bal/undici";
import { Pool, request } from "undici";
import { expect, onTestFinished, test, vi } from "vitest";
import { startServer } from "./support/servers.ts";

/** A dispatcher, and how many clients it has made and closed. */
function countingOver(targets: Discover<unknown, Target>, load?: () => never) {
  let made = 0;
  let closed = 0;
  const failed = vi.fn();
  class Counted extends Pool {
    override async close(): Promise<void> {
      closed += 1;
      await super.destroy();
    }
  }
  const dispatcher = balancedDispatcher(targets, {
    balance: (endpoints) => balance(endpoints, { observer: { discoveryFailed: failed } }),
    factory: (origin) => {
      made += 1;
      return new Counted(origin);
    },
    ...(load && { load }),
  });
  onTestFinished(() => dispatcher.destroy());
  const get = async () => (await request("http://users.internal/", { dispatcher })).body.text();
  return { dispatcher, failed, get, counts: () => [made, closed] };
}

test("a target inserted again where it was keeps its client; elsewhere, or after a removal, it has a new one", async () => {
  const [one, other] = [
    await startServer((_, response) => response.end("one")),
    await startServer((_, response) => response.end("other")),
  ];
  const { port } = new URL(one.origin);
  const set = endpointSet<string, Target>();
  const { get, counts } = countingOver(set);
  for (const target of [
    one.origin,
    `${one.origin}/`,
    new URL(one.origin),
    { address: "127.0.0.1", port: Number(port) },
  ]) {
    set.insert("key", target);
    expect(await get()).toBe("one");
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(counts()).toEqual([1, 0]);
  set.insert("key", other.origin);
  await expect.poll(get).toBe("other");
  await expect.poll(counts).toEqual([2, 1]);
  set.remove("key");
  await expect.poll(counts).toEqual([2, 2]);
  set.insert("key", other.origin);
  expect(await get()).toBe("other");
  expect(counts()).toEqual([3, 2]);
});

test("a wrong target fails the discover, is left, and what came before it in the batch serves and is closed", async () => {
  const server = await startServer((_, response) => response.end("one"));
  const left = vi.fn();
  const batch = [server.origin, "nowhere", server.origin].map(
    (service, key): Change<number, string> => ({ type: "insert", key, service }),
  );
  const targets: Discover<number, string> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: batch }),
      return: async () => {
        left();
        return { done: true, value: undefined };
      },
    }),
  };
  const { dispatcher, get, counts, failed } = countingOver(targets);
  expect(await get()).toBe("one");
  await expect.poll(() => failed.mock.calls.length).toBe(1);
  expect(String(failed.mock.calls[0]![0])).toContain("an endpoint: expected an origin");
  expect(left).toHaveBeenCalledTimes(1);
  expect(counts()).toEqual([1, 0]);
  await dispatcher.close();
  expect(counts()).toEqual([1, 1]);
});

test("a load that throws leaves no client behind", async () => {
  const { dispatcher, get, counts } = countingOver(endpointSet<string, Target>({ a: "http://127.0.0.1:9" }), () => {
    throw new Error("load");
  });
  await expect(get()).rejects.toMatchObject({ code: "BAL_DISCOVER" });
  expect(dispatcher.endpoints()).toEqual([]);
  expect(counts()).toEqual([1, 1]);
});
