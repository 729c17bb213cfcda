// The rules of a balance that no other file here shows: signals, the queue, closing, handing over, and what it tells.

import {
  ClosedError,
  DiscoverError,
  EndpointError,
  InvalidOptionError,
  NoEndpointsError,
  OverloadedError,
} from "@bal/errors";
import { constant, peakEwma, pendingRequests } from "@bal/load";
import { type BalanceObserver, type BalanceOptions, balance, p2c } from "@bal/p2c";
import {
  concurrencyLimit,
  type Discover,
  type Endpoint,
  type Load,
  now,
  type Picker,
  type Service,
  serviceFn,
} from "@bal/service";
import { mockService, seededRandom, settle, virtualClock } from "@bal/service/testing";
import { expect, test, vi } from "vitest";
import { answerAll, handFed, type MockEndpoint, mockEndpoint } from "./support/hand-fed.ts";

type S = MockEndpoint["service"];

function setUp(options: BalanceOptions<string, S> = {}) {
  const source = handFed<string, S>();
  return { source, balanced: balance(source.discover, { picker: p2c({ random: seededRandom(7) }), ...options }) };
}

test("a signal that was aborted already rejects with its reason, also after close", async () => {
  const { balanced } = setUp();
  const signal = AbortSignal.abort(new Error("no longer wanted"));
  await expect(balanced.call("x", { signal })).rejects.toThrow("no longer wanted");
  await balanced.close();
  await expect(balanced.call("x", { signal })).rejects.toThrow("no longer wanted");
});

test("an abort in the queue leaves at once, and the others keep their order", async () => {
  const { source, balanced } = setUp();
  const abort = new AbortController();
  const a = mockEndpoint({ allow: 0 });
  source.insert("a", a.service);
  const answers = ["1", "2", "3"].map((n) => balanced.call(n, n === "2" ? { signal: abort.signal } : {}));
  expect(balanced.queued).toBe(3);
  abort.abort(new Error("changed my mind"));
  expect(balanced.queued).toBe(2);
  await expect(answers[1]).rejects.toThrow("changed my mind");
  await settle();
  a.handle.allow(2);
  await settle();
  expect(a.handle.calls.map(({ request }) => request)).toEqual(["1", "3"]);
});

test("an abort in flight reaches the endpoint through the signal", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint();
  source.insert("a", a.service);
  await settle();
  const abort = new AbortController();
  const answer = balanced.call("x", { signal: abort.signal });
  abort.abort(new Error("too late"));
  await expect(answer).rejects.toThrow("too late");
  expect(a.handle.calls.length).toBe(0);
});

test("a call that arrives while others wait does not overtake them", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint({ allow: 0 });
  source.insert("a", a.service);
  await settle();
  const order: string[] = [];
  const serve = async (request: string) => order.push(await balanced.call(request));
  const first = serve("first");
  a.handle.allow(2);
  const second = serve("second");
  await settle();
  answerAll(a);
  await Promise.all([first, second]);
  expect(order).toEqual(["first", "second"]);
});

test("past maxQueue a call rejects with OverloadedError and those that wait are untouched", async () => {
  const { source, balanced } = setUp({ maxQueue: 2 });
  const waiting = [balanced.call("1"), balanced.call("2")];
  await expect(balanced.call("3")).rejects.toBeInstanceOf(OverloadedError);
  const a = mockEndpoint();
  source.insert("a", a.service);
  await settle();
  answerAll(a);
  expect(await Promise.all(waiting)).toEqual(["1", "2"]);
});

test("with maxQueue 0 nobody waits, and a ready endpoint serves as ever", async () => {
  const { source, balanced } = setUp({ maxQueue: 0 });
  await expect(balanced.call("x")).rejects.toBeInstanceOf(OverloadedError);
  const a = mockEndpoint();
  source.insert("a", a.service);
  await balanced.ready();
  const answer = balanced.call("x");
  answerAll(a);
  expect(await answer).toBe("x");
});

test("when discovery fails and no endpoint is left, calls reject with DiscoverError and its cause", async () => {
  const { source, balanced } = setUp();
  const waiting = balanced.call("x");
  source.fail(new Error("the registry is gone"));
  const error = await waiting.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DiscoverError);
  expect((error as DiscoverError).cause).toEqual(new Error("the registry is gone"));
});

test("a discover that fails with undefined has failed too", async () => {
  const { source, balanced } = setUp();
  source.fail(undefined);
  await expect(balanced.call("x")).rejects.toBeInstanceOf(DiscoverError);
});

test("a discover that cannot even be opened has failed", async () => {
  const broken: Discover<string, S> = {
    [Symbol.asyncIterator]() {
      throw new Error("cannot open");
    },
  };
  await expect(balance(broken).call("x")).rejects.toMatchObject({
    code: "BAL_DISCOVER",
    cause: new Error("cannot open"),
  });
});

test("when the last endpoint has failed and discovery is over, NoEndpointsError carries the failure", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint({ allow: 0 });
  source.insert("a", a.service);
  source.end();
  const waiting = balanced.call("x");
  await settle();
  a.handle.fail(new Error("certificate expired"));
  await expect(waiting).rejects.toMatchObject({ code: "BAL_NO_ENDPOINTS", cause: new Error("certificate expired") });
});

test("a wrong change or service is a failure of discovery that says what was wrong", async () => {
  for (const changes of [
    [{ type: "upsert", key: "a" }],
    [{ type: "insert", key: "a", service: { call: () => 1 } }],
    "not an array",
    [null],
  ]) {
    const { source, balanced } = setUp();
    source.batch(changes as never);
    const error = await balanced.call("x").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DiscoverError);
    expect((error as DiscoverError).cause).toBeInstanceOf(InvalidOptionError);
    expect(source.returned).toBe(1);
  }
});

test("a service without a load under p2c() is refused loudly, and closed", async () => {
  const { service, handle } = mockService<string, string>();
  const source = handFed<string, S>();
  const balanced = balance(source.discover);
  source.insert("a", service as S);
  const error = await balanced.call("x").catch((e: unknown) => e);
  expect(String((error as DiscoverError).cause)).toContain("load()");
  await settle();
  expect(handle.closed).toBe(1);
});

test("close() rejects what waits, lets what runs finish, closes each endpoint once and leaves discovery", async () => {
  const { source, balanced } = setUp();
  const [a, b] = [mockEndpoint({ allow: 1 }), mockEndpoint({ allow: 0 })] as const;
  source.insert("a", a.service);
  source.insert("b", b.service);
  await settle();
  const running = balanced.call("1");
  const waiting = balanced.call("2");
  const asked = balanced.ready() as Promise<void>;
  const closing = balanced.close();
  expect(balanced.close()).toBe(closing);
  await expect(waiting).rejects.toBeInstanceOf(ClosedError);
  await expect(asked).rejects.toBeInstanceOf(ClosedError);
  await expect(balanced.call("3")).rejects.toBeInstanceOf(ClosedError);
  await expect(balanced.ready()).rejects.toBeInstanceOf(ClosedError);
  expect([source.returned, a.handle.closed, b.handle.closed]).toEqual([1, 0, 1]);
  let over = false;
  void closing.then(() => (over = true));
  await settle();
  expect(over).toBe(false);
  answerAll(a);
  expect(await running).toBe("1");
  await closing;
  expect([a.handle.closed, b.handle.closed]).toEqual([1, 1]);
});

test("an endpoint that arrives during or after close is closed at once", async () => {
  const { source, balanced } = setUp();
  await settle();
  const late = mockEndpoint();
  const closing = balanced.close();
  source.insert("a", late.service);
  await closing;
  await settle();
  expect([late.handle.closed, balanced.size]).toEqual([1, 0]);
});

test("close() does not wait for a discover whose return() never settles", async () => {
  const stuck: Discover<string, S> = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: () => new Promise(() => {}) }),
  };
  await expect(balance(stuck).close()).resolves.toBeUndefined();
});

test("close() rejects with EndpointError when an endpoint cannot be closed, after the others were", async () => {
  const { source, balanced } = setUp();
  const [a, b] = [mockEndpoint(), mockEndpoint()] as const;
  a.service.close = () => Promise.reject(new Error("stuck socket"));
  source.insert("a", a.service);
  source.insert("b", b.service);
  await settle();
  await expect(balanced.close()).rejects.toMatchObject({ code: "BAL_ENDPOINT", cause: new Error("stuck socket") });
  expect(b.handle.closed).toBe(1);
});

test("a service whose close() throws counts as one that could not be closed", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint();
  a.service.close = () => {
    throw new Error("no socket");
  };
  source.insert("a", a.service);
  await settle();
  await expect(balanced.close()).rejects.toMatchObject({ code: "BAL_ENDPOINT", cause: new Error("no socket") });
});

test("await using closes", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint();
  source.insert("a", a.service);
  await settle();
  {
    await using scoped = balanced;
    expect(scoped.size).toBe(1);
  }
  expect(a.handle.closed).toBe(1);
});

test("the same service inserted again takes back a replacement that waits, and changes nothing else", async () => {
  const { source, balanced } = setUp();
  const [a, b] = [mockEndpoint(), mockEndpoint({ allow: 0 })] as const;
  source.insert("k", a.service);
  source.insert("k", b.service);
  source.insert("k", b.service);
  source.insert("k", a.service);
  await settle();
  expect([balanced.size, a.handle.closed, b.handle.closed]).toEqual([1, 0, 1]);
  b.handle.allow(1);
  await settle();
  void balanced.call("x");
  expect(a.handle.received).toBe(1);
});

test("a service that goes under one key and comes under another in one batch stays open", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint();
  source.insert("old name", a.service);
  source.batch([
    { type: "remove", key: "old name" },
    { type: "insert", key: "new name", service: a.service },
  ]);
  await settle();
  expect([balanced.size, balanced.readySize, a.handle.closed]).toEqual([1, 1, 0]);
  await balanced.close();
  expect(a.handle.closed).toBe(1);
});

test("when the endpoint fails while its replacement still waits, the replacement is the endpoint", async () => {
  const { source, balanced } = setUp();
  const [a, b] = [mockEndpoint({ allow: 0 }), mockEndpoint({ allow: 0 })] as const;
  source.insert("k", a.service);
  source.insert("k", b.service);
  await settle();
  a.handle.fail(new Error("broken"));
  await settle();
  expect([balanced.size, a.handle.closed]).toEqual([1, 1]);
  b.handle.allow(1);
  await settle();
  expect(balanced.readySize).toBe(1);
  source.remove("k");
  await settle();
  expect([balanced.size, balanced.readySize, b.handle.closed]).toEqual([0, 0, 1]);
});

test("a replacement that failed is forgotten: the next one under its key is closed once, and so was it", async () => {
  const { source, balanced } = setUp();
  const [a, b, c] = [mockEndpoint(), mockEndpoint({ allow: 0 }), mockEndpoint({ allow: 0 })] as const;
  source.insert("k", a.service);
  source.insert("k", b.service);
  await settle();
  b.handle.fail(new Error("never came up"));
  await settle();
  source.insert("k", c.service);
  await settle();
  await balanced.close();
  expect([a, b, c].map(({ handle }) => handle.closed)).toEqual([1, 1, 1]);
});

test("a load is watched while that is needed, and no longer", async () => {
  for (const closes of [true, false]) {
    const watchers = new Set<unknown>();
    const a = mockEndpoint();
    const watched = Object.assign(a.service, {
      pending: 0,
      watch: (watcher: unknown) => void watchers.add(watcher),
      unwatch: (watcher: unknown) => void watchers.delete(watcher),
    });
    const { source, balanced } = setUp({ closes, picker: { ...firstOf<string, S>(), changed() {} } });
    source.insert("a", watched);
    await settle();
    expect(watchers.size).toBe(1);
    source.remove("a");
    await settle();
    expect([watchers.size, balanced.size]).toEqual([0, 0]);
  }
});

test("close() waits until every endpoint has closed", async () => {
  const { source, balanced } = setUp();
  const a = mockEndpoint();
  let closed: (() => void) | undefined;
  a.service.close = () => new Promise((resolve) => (closed = resolve));
  source.insert("a", a.service);
  await settle();
  let over = false;
  const closing = balanced.close().then(() => (over = true));
  await settle();
  expect(over).toBe(false);
  closed?.();
  await closing;
});

test("with closes: false services are left open, and close() waits for the balance's own requests only", async () => {
  const { service, handle } = mockService<string, string>();
  const shared = pendingRequests()(service);
  const source = handFed<string, typeof shared>();
  const balanced = balance(source.discover, { closes: false });
  source.insert("a", shared);
  await settle();
  const own = balanced.call("own");
  const other = shared.call("another's");
  const closing = balanced.close();
  handle.calls[0]?.respond("done");
  await own;
  await closing;
  expect([handle.closed, shared.load()]).toEqual([0, 1]);
  handle.calls[0]?.respond("done too");
  await other;
});

test("draining waits for what the load still counts, such as a body that is being read", async () => {
  let finish: (() => void) | undefined;
  const { service, handle } = mockService<string, string>();
  const loaded = pendingRequests({
    completion: (response: string, complete) => {
      finish = complete;
      return response;
    },
  })(service);
  const source = handFed<string, typeof loaded>();
  const balanced = balance(source.discover);
  source.insert("a", loaded);
  await settle();
  const answer = balanced.call("x");
  handle.calls[0]?.respond("a long body");
  await answer;
  source.remove("a");
  await settle();
  expect(handle.closed).toBe(0);
  finish?.();
  await settle();
  expect(handle.closed).toBe(1);
});

test("a call that throws or returns a plain value takes no place for ever", async () => {
  const wild = {
    ready: () => true,
    load: () => 0,
    call: (request: string) => {
      if (request === "throw") throw new Error("thrown");
      return request;
    },
  } as unknown as S;
  const { source, balanced } = setUp();
  source.insert("a", wild);
  await settle();
  await expect(balanced.call("throw")).rejects.toThrow("thrown");
  expect(await balanced.call("plain")).toBe("plain");
  expect(balanced.endpoints()[0]?.pending).toBe(0);
});

test("a ready() that throws or returns nonsense is a failure of that endpoint for good", async () => {
  for (const ready of [
    () => {
      throw new Error("no");
    },
    () => false,
  ]) {
    const failures: unknown[] = [];
    const { source, balanced } = setUp({ observer: { failed: (_, error) => failures.push(error) } });
    source.insert("a", Object.assign(mockEndpoint().service, { ready }) as unknown as S);
    await settle();
    expect([balanced.size, failures.length]).toEqual([0, 1]);
    expect(failures[0]).toBeInstanceOf(Error);
  }
});

test("endpoints() shows key, readiness, load and requests in flight", async () => {
  const { source, balanced } = setUp();
  const [a, b] = [mockEndpoint({ load: 3 }), mockEndpoint({ allow: 0, load: Number.NaN })] as const;
  source.insert("a", a.service);
  source.insert("b", b.service);
  await settle();
  void balanced.call("x");
  expect(balanced.endpoints()).toEqual([
    { key: "a", ready: true, load: 3, pending: 1 },
    { key: "b", ready: false, load: Number.NaN, pending: 0 },
  ]);
});

test("a balance is a service: under another balance it wears a load like any", async () => {
  const inner = setUp();
  const a = mockEndpoint({ allow: 1 });
  inner.source.insert("a", a.service);
  const layered = pendingRequests()(inner.balanced);
  const outer = handFed<string, typeof layered>();
  const balanced = balance(outer.discover);
  outer.insert("west", layered);
  await settle();
  const answer = balanced.call("x");
  expect(balanced.readySize).toBe(0);
  answerAll(a);
  expect(await answer).toBe("x");
  await balanced.close();
  expect(a.handle.closed).toBe(1);
});

test("with a concurrency limit on each endpoint everything is served and no limit is passed", async () => {
  const clock = virtualClock();
  let running = 0;
  let most = 0;
  const server = (): Service<number, number> =>
    serviceFn(async (n: number) => {
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(10);
      running -= 1;
      return n;
    });
  const services = [1, 2, 3].map(() => pendingRequests()(concurrencyLimit(2)(server())));
  const source = handFed<number, (typeof services)[0]>();
  const balanced = balance(source.discover);
  source.batch(services.map((service, key) => ({ type: "insert", key, service })));
  await settle();
  const answers = Promise.all(Array.from({ length: 100 }, (_, n) => balanced.call(n)));
  await clock.run();
  expect(await answers).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(most).toBe(6);
});

test("the observer hears of endpoints and calls, in order, with durations from the clock that was handed in", async () => {
  const heard: unknown[] = [];
  const observer = new Proxy<BalanceObserver<string>>(
    {},
    {
      get:
        (_, hook) =>
        (...args: unknown[]) =>
          void heard.push([hook, ...args]),
    },
  );
  const clock = virtualClock();
  const { source, balanced } = setUp({ observer, now: clock.now });
  const [a, b] = [mockEndpoint({ allow: 1 }), mockEndpoint({ allow: 1 })] as const;
  const answer = balanced.call("x");
  source.insert("k", a.service);
  await settle();
  await clock.advance(5);
  answerAll(a);
  await answer;
  source.insert("k", b.service);
  await settle();
  const failing = balanced.call("y");
  b.handle.calls[0]?.reject("bad");
  await failing.catch(() => {});
  source.remove("k");
  source.end();
  await settle();
  expect(heard).toEqual([
    ["queued", 1],
    ["inserted", "k"],
    ["ready", "k"],
    ["picked", "k"],
    ["started", "k"],
    ["busy", "k"],
    ["settled", "k", { durationMs: 5 }],
    ["inserted", "k"],
    ["replaced", "k"],
    ["ready", "k"],
    ["drained", "k"],
    ["picked", "k"],
    ["started", "k"],
    ["busy", "k"],
    ["settled", "k", { durationMs: 0, rejected: { error: "bad" } }],
    ["removed", "k"],
    ["drained", "k"],
    ["discoveryEnded"],
  ]);
});

test("a picker that has changed() hears of every begin and end on endpoints that are in, whether their load tells or not", async () => {
  for (const tells of [true, false]) {
    let changes = 0;
    const picker: Picker<Endpoint<string, Service<string, string>>> & { changed(): void } = {
      ...firstOf<string, Service<string, string>>(),
      changed: () => (changes += 1),
    };
    const { service, handle } = mockService<string, string>();
    const source = handFed<string, Service<string, string>>();
    const balanced = balance(source.discover, { picker });
    source.insert("a", tells ? pendingRequests()(service) : service);
    await settle();
    const answer = balanced.call("x");
    expect(changes).toBe(1);
    handle.calls[0]?.respond("y");
    await answer;
    await settle();
    expect(changes).toBe(2);
  }
});

test("a picker that picks what was deleted is found out", async () => {
  const kept: Endpoint<string, Service<string, string>>[] = [];
  const stale: Picker<Endpoint<string, Service<string, string>>> = {
    add: (endpoint) => void kept.push(endpoint),
    delete: () => {},
    pick: () => kept[0],
  };
  const source = handFed<string, Service<string, string>>();
  const balanced = balance(source.discover, { picker: stale });
  source.insert("a", mockService<string, string>({ allow: 1 }).service);
  source.insert("b", mockService<string, string>({ allow: 1 }).service);
  await settle();
  void balanced.call("1");
  await expect(balanced.call("2")).rejects.toBeInstanceOf(EndpointError);
});

test("a picker that picks what it was never given is found out", async () => {
  const foreign = { add() {}, delete() {}, pick: () => ({}) } as unknown as Picker<Endpoint<string, S>>;
  const { source, balanced } = setUp({ picker: foreign });
  source.insert("a", mockEndpoint().service);
  await settle();
  await expect(balanced.call("1")).rejects.toThrow("the picker picked one that is not ready");
});

test("what a picker throws when it is told of a change comes out on its own; requests go on, endpoints leave and the balance closes", async () => {
  const later: (() => void)[] = [];
  const microtasks = vi.spyOn(globalThis, "queueMicrotask").mockImplementation((fn) => void later.push(fn));
  try {
    const { source, balanced } = setUp({
      picker: {
        ...firstOf<string, S>(),
        changed() {
          throw new Error("in changed");
        },
        delete() {
          throw new Error("in delete");
        },
      },
    });
    const { service, handle } = mockEndpoint();
    source.insert("a", service);
    await settle();
    const answer = balanced.call("1");
    handle.calls[0]?.respond("done");
    expect(await answer).toBe("done");
    source.remove("a");
    await settle();
    await balanced.close();
    expect([balanced.size, handle.closed]).toEqual([0, 1]);
    expect(later.length).toBeGreaterThan(0);
    for (const thrown of later) expect(thrown).toThrow(/in (changed|delete)/);
  } finally {
    microtasks.mockRestore();
  }
});

test("a choice reads the default clock once, and lets go of it whatever the endpoint is", async () => {
  let time = 1000;
  const reading = vi.spyOn(performance, "now").mockImplementation(() => (time += 1));
  try {
    const measured = [1, 2, 3].map(() => peakEwma()(mockService<string, string>().service));
    const source = handFed<number, Service<string, string> & Load>();
    const balanced = balance(source.discover);
    source.batch(measured.map((service, key) => ({ type: "insert", key, service })));
    await settle();
    reading.mockClear();
    void balanced.call("x");
    expect(reading).toHaveBeenCalledTimes(1);
    expect(now()).toBeLessThan(now());

    const plain = handFed<number, Service<string, string> & Load>();
    const other = balance(plain.discover);
    plain.insert(0, constant(1)(mockService<string, string>().service));
    await settle();
    void other.call("x");
    expect(now()).toBeLessThan(now());
  } finally {
    reading.mockRestore();
  }
});

test("what discovery still says after close() is told to nobody", async () => {
  const heard: string[] = [];
  const { source, balanced } = setUp({
    observer: { discoveryEnded: () => heard.push("ended"), discoveryFailed: () => heard.push("failed") },
  });
  await settle();
  await balanced.close();
  source.end();
  await settle();
  const other = setUp({ observer: { discoveryFailed: () => heard.push("failed") } });
  await other.balanced.close();
  other.source.fail(new Error("late"));
  await settle();
  expect(heard).toEqual([]);
});

test("wrong options are told at once", () => {
  const { discover } = handFed<string, S>();
  const picker = p2c<Endpoint<string, S>>();
  balance(discover, { picker });
  expect(() => balance(discover, { picker })).toThrow("one of its own for each balance");
  expect(() => balance(undefined as never)).toThrow(InvalidOptionError);
  expect(() => balance(discover, { picker: {} as never })).toThrow("add() and delete() and pick()");
  expect(() => balance(discover, { picker: null as never })).toThrow("add() and delete() and pick()");
  for (const maxQueue of [-1, 1.5, Number.NaN, "3" as never])
    expect(() => balance(discover, { maxQueue })).toThrow("maxQueue");
  expect(() => balance(discover, { closes: 0 as never })).toThrow("closes");
  expect(() => balance(discover, { now: 5 as never })).toThrow("now");
  expect(() => balance(discover, { observer: "me" as never })).toThrow("observer");
  for (const bag of [null, 5 as never]) {
    expect(() => balance(discover, bag as never)).toThrow("options: expected an object");
    expect(() => p2c(bag as never)).toThrow("options: expected an object");
  }
});

test("NoEndpointsError without a cause where no endpoint ever came", async () => {
  const { source, balanced } = setUp();
  source.end();
  const error = await balanced.call("x").catch((e: unknown) => e);
  expect(error).toBeInstanceOf(NoEndpointsError);
  expect((error as Error).cause).toBeUndefined();
});

function firstOf<K, T>(): Picker<Endpoint<K, T>> {
  const ready = new Set<Endpoint<K, T>>();
  return { add: (e) => void ready.add(e), delete: (e) => void ready.delete(e), pick: () => [...ready][0] };
}
