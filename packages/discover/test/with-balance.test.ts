// What a balance makes of the discovers: who closes what, and what survives a lookup.

import { endpointSet, list, mapEndpoints, merge, poll } from "@bal/discover";
import { isBalError } from "@bal/errors";
import { peakEwma } from "@bal/load";
import { balance } from "@bal/p2c";
import { type Discover, type Service, serviceFn } from "@bal/service";
import { settle, virtualClock } from "@bal/service/testing";
import { expect, test } from "vitest";

/** Services that answer with their name, and who of them was closed. */
function fleet() {
  const closed: string[] = [];
  const server = (name: string): Service<string, string> & { load(): number } => ({
    ...serviceFn(async (request: string) => `${request} from ${name}`),
    load: () => 0,
    async close() {
      closed.push(name);
    },
  });
  return { closed, server };
}

const code = async (call: Promise<unknown>): Promise<string | undefined> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isBalError(error) ? error.code : undefined;
};

test("over an empty list calls reject at once, over an empty set they wait for the first endpoint", async () => {
  const { server } = fleet();
  expect(await code(balance(list<ReturnType<typeof server>>([])).call("hello"))).toBe("BAL_NO_ENDPOINTS");
  const set = endpointSet<string, ReturnType<typeof server>>();
  const answer = balance(set).call("hello");
  await settle();
  set.insert("a", server("a"));
  expect(await answer).toBe("hello from a");
});

test("a service is closed once, when it was removed or replaced; the rest at the balance's close", async () => {
  const { closed, server } = fleet();
  const set = endpointSet({ a: server("a"), b: server("b"), c: server("c") });
  await using balanced = balance(set);
  await balanced.ready();
  set.remove("a");
  set.insert("b", server("b2"));
  await settle();
  expect(closed.sort()).toEqual(["a", "b"]);
  await balanced.close();
  expect(closed.sort()).toEqual(["a", "b", "b2", "c"]);
});

test("a service that leaves its key and comes under another in one turn is not closed", async () => {
  const { closed, server } = fleet();
  const moving = server("moving");
  const set = endpointSet({ a: moving });
  await using balanced = balance(set);
  await balanced.ready();
  set.remove("a");
  set.insert("b", moving);
  await settle();
  expect([closed, await balanced.call("hello"), balanced.size]).toEqual([[], "hello from moving", 1]);
});

test("two balances over one set of addresses have services of their own", async () => {
  const { closed, server } = fleet();
  let built = 0;
  const services = mapEndpoints(endpointSet({ a: "a" }), (name) => {
    built += 1;
    return server(`${name}${built}`);
  });
  const [one, two] = [balance(services), balance(services)];
  const answers = await Promise.all([one.call("hello"), two.call("hello")]);
  expect(answers.sort()).toEqual(["hello from a1", "hello from a2"]);
  await one.close();
  expect(closed.length).toBe(1);
  await two.close();
  expect(closed.length).toBe(2);
});

test("when the layer of mapEndpoints throws, what was built before serves on; with nothing built calls reject", async () => {
  const { server } = fleet();
  const layer = (name: string): ReturnType<typeof server> => {
    if (name === "bad") throw new Error("no such address");
    return server(name);
  };
  const some = balance(mapEndpoints(endpointSet({ a: "a", b: "bad" }), layer));
  expect(await some.call("hello")).toBe("hello from a");
  const none = balance(mapEndpoints(endpointSet({ b: "bad" }), layer));
  expect(await code(none.call("hello"))).toBe("BAL_DISCOVER");
});

test("calls over a discover that tells nonsense reject, whatever stands between, and never hang", async () => {
  const { server } = fleet();
  type Server = ReturnType<typeof server>;
  for (const nonsense of [undefined, null, 7, [null], [undefined], [{ type: "x", key: "a" }], [{}]]) {
    const told = async function* (): AsyncGenerator<never> {
      yield nonsense as never;
      await new Promise(() => {});
    };
    const discover = { [Symbol.asyncIterator]: told } as Discover<string, Server>;
    for (const over of [discover, merge(discover, endpointSet<string, Server>()), mapEndpoints(discover, (s) => s)]) {
      expect(await code(balance(over).call("hello")), JSON.stringify(nonsense)).toBe("BAL_DISCOVER");
    }
  }
});

test("what a load knows of an endpoint that stays survives every lookup", async () => {
  const clock = virtualClock();
  const origins = poll(() => ({ slow: 500, fast: 5 }), { intervalMs: 100, now: clock.now, schedule: clock.schedule });
  const load = peakEwma({ now: clock.now });
  const services = mapEndpoints(origins, (ms) =>
    load(serviceFn(async (_: string, { signal }) => clock.sleep(ms, signal === undefined ? {} : { signal }))),
  );
  const balanced = balance(services);
  const first = Promise.all([balanced.call("one"), balanced.call("two")]);
  await clock.advance(1_000);
  await first;
  const loads = (): Map<string, number | undefined> =>
    new Map(balanced.endpoints().map((endpoint) => [endpoint.key, endpoint.load]));
  expect(loads().get("slow")).toBeGreaterThan(400);
  await clock.advance(1_000);
  expect(loads().get("slow")).toBeGreaterThan(400);
  await balanced.close();
  expect(clock.pending).toBe(0);
});

test("closing a balance leaves whatever it reads: a poll under mapEndpoints and merge stops asking", async () => {
  const { server } = fleet();
  const clock = virtualClock();
  const origins = poll(() => ({ a: "a" }), { intervalMs: 100, now: clock.now, schedule: clock.schedule });
  const balanced = balance(mapEndpoints(merge(origins, endpointSet({ b: "b" })), server));
  await balanced.call("hello");
  await clock.advance(250);
  expect(clock.pending).toBe(1);
  await balanced.close();
  expect(clock.pending).toBe(0);
});
