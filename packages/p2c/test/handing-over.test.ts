// Whose service it is, when it comes back while it is busy, comes with others that are wrong, or closes the balance itself.

import { ClosedError } from "@bal/errors";
import { type BalanceObserver, type BalanceOptions, balance, p2c } from "@bal/p2c";
import { now } from "@bal/service";
import { mockService, seededRandom, settle } from "@bal/service/testing";
import { expect, test } from "vitest";
import { answerAll, handFed, type MockEndpoint, mockEndpoint } from "./support/hand-fed.ts";

type S = MockEndpoint["service"];

function setUp(options: BalanceOptions<string, S> = {}) {
  const source = handFed<string, S>();
  return { source, balanced: balance(source.discover, { picker: p2c({ random: seededRandom(7) }), ...options }) };
}

test.each(["same", "other"])(
  "taken back under the %s key it keeps what is in flight, and is closed after that",
  async (key) => {
    const { source, balanced } = setUp();
    const a = mockEndpoint();
    source.insert("same", a.service);
    await settle();
    const first = balanced.call("1");
    source.batch([
      { type: "remove", key: "same" },
      { type: "insert", key, service: a.service },
    ]);
    await settle();
    expect(balanced.endpoints()).toEqual([{ key, ready: true, load: 1, pending: 1 }]);
    const second = balanced.call("2");
    source.remove(key);
    await settle();
    expect([balanced.size, a.handle.closed]).toEqual([0, 0]);
    answerAll(a);
    expect(await Promise.all([first, second])).toEqual(["1", "2"]);
    await settle();
    expect(a.handle.closed).toBe(1);
  },
);

test("taken back while it has no room it takes requests once it has, whoever waited for that", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint({ allow: 0 });
  source.insert("a", a.service);
  await settle();
  source.batch([
    { type: "remove", key: "a" },
    { type: "insert", key: "a", service: a.service },
  ]);
  await settle();
  a.handle.allow(2);
  await settle();
  expect([balanced.size, balanced.readySize]).toEqual([1, 1]);
  source.remove("a");
  await settle();
  expect([balanced.size, balanced.readySize, a.handle.closed]).toEqual([0, 0, 1]);
});

test("a replacement that the picker refuses leaves the old one where it is", async () => {
  const { source, balanced } = setUp();
  const old = mockEndpoint();
  const { service: loadless, handle } = mockService<string, string>();
  source.insert("a", old.service);
  await settle();
  source.insert("a", loadless as S);
  await settle();
  expect([balanced.size, old.handle.closed, handle.closed]).toEqual([1, 0, 1]);
  const answer = balanced.call("still here");
  answerAll(old);
  expect(await answer).toBe("still here");
});

test("what stands behind a malformed change in its batch is taken over like all others, and closed", async () => {
  const { source, balanced } = setUp();
  const [before, behind] = [mockEndpoint(), mockEndpoint()] as const;
  const failures: unknown[] = [];
  source.batch([
    { type: "insert", key: "before", service: before.service },
    { type: "bogus" } as never,
    { type: "insert", key: "behind", service: behind.service },
  ]);
  await settle();
  expect([balanced.size, source.returned, failures.length]).toEqual([2, 1, 0]);
  await balanced.close();
  expect([before.handle.closed, behind.handle.closed]).toEqual([1, 1]);
});

test("a request whose service closes the balance as it begins is let finish before the service is closed", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint();
  const call = a.service.call.bind(a.service);
  let closing: Promise<void> | undefined;
  a.service.call = (request, options) => {
    closing = balanced.close();
    return call(request, options);
  };
  source.insert("a", a.service);
  await settle();
  const answer = balanced.call("last");
  await settle();
  expect(a.handle.closed).toBe(0);
  answerAll(a);
  expect(await answer).toBe("last");
  await closing;
  expect(a.handle.closed).toBe(1);
});

test.each(["inserted", "ready", "replaced", "busy", "picked", "started", "queued"] as const)(
  "closed by the hook %s it is closed: nothing more is called, each service is closed once",
  async (hook) => {
    let closing: Promise<void> | undefined;
    const observer: BalanceObserver<string> = {
      [hook]: () => {
        closing ??= balanced.close();
      },
    };
    const { source, balanced } = setUp({ observer });
    const [a, b] = [mockEndpoint({ allow: 1 }), mockEndpoint({ allow: 1 })] as const;
    const first = balanced.call("0").catch((error: unknown) => error);
    source.insert("a", a.service);
    await settle();
    source.insert("a", b.service);
    await settle();
    if (closing !== undefined) expect(balanced.readySize).toBe(0);
    const calls = ["1", "2", "3"].map((request) => balanced.call(request).catch((error: unknown) => error));
    await settle();
    const begun = a.handle.received + b.handle.received;
    answerAll(a);
    answerAll(b);
    closing ??= balanced.close();
    await closing;
    expect([balanced.size, balanced.readySize, balanced.queued]).toEqual([0, 0, 0]);
    await expect(balanced.call("late")).rejects.toBeInstanceOf(ClosedError);
    expect(a.handle.received + b.handle.received).toBe(begun);
    expect(a.handle.closed).toBe(1);
    expect(b.handle.closed).toBeLessThanOrEqual(1);
    for (const outcome of await Promise.all([first, ...calls])) {
      expect(typeof outcome === "string" || outcome instanceof ClosedError).toBe(true);
    }
  },
);

test.each([true, false])(
  "a ready() that closes the balance, and then says %s, is not called any more",
  async (room) => {
    const { source, balanced } = setUp();
    const a = mockEndpoint();
    let closes = false;
    let closing: Promise<void> | undefined;
    a.service.ready = () => {
      if (!closes) return true;
      closing ??= balanced.close();
      return room || new Promise<void>(() => {});
    };
    source.insert("a", a.service);
    await settle();
    closes = true;
    await expect(balanced.call("x")).rejects.toBeInstanceOf(ClosedError);
    await closing;
    expect([a.handle.received, a.handle.closed]).toEqual([0, 1]);
  },
);

test("a service whose close() closes the balance leaves discovery once, and is closed once", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint();
  let closed = 0;
  a.service.close = async () => {
    closed += 1;
    void balanced.close();
  };
  source.insert("a", a.service);
  await settle();
  await balanced.close();
  expect([closed, source.returned]).toEqual([1, 1]);
});

test("no clock is held while a service runs whose load does not tell of requests", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint();
  const call = a.service.call.bind(a.service);
  let passed = 0;
  a.service.call = (request, options) => {
    const begin = now();
    while (passed === 0) passed = now() - begin;
    return call(request, options);
  };
  source.insert("a", a.service);
  await settle();
  void balanced.call("x");
  expect(passed).toBeGreaterThan(0);
});

test("an endpoint whose coming closes the balance never takes a request, even if it says that it could", async () => {
  const { source, balanced } = setUp({
    observer: {
      inserted: () => {
        void balanced.close();
      },
    },
  });
  let called = 0;
  source.insert("a", {
    ready: () => true,
    load: () => 0,
    call: async () => `${++called}`,
    close: async () => {},
  });
  await settle();
  expect(balanced.readySize).toBe(0);
  await expect(balanced.call("x")).rejects.toBeInstanceOf(ClosedError);
  expect(called).toBe(0);
});
