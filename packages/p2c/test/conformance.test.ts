// What tower's balance does, case by case, and where this one does better on purpose.

import { NoEndpointsError } from "@bal/errors";
import { balance, p2c } from "@bal/p2c";
import { seededRandom, settle } from "@bal/service/testing";
import { expect, test } from "vitest";
import { answerAll, handFed, type MockEndpoint, mockEndpoint } from "./support/hand-fed.ts";

/** A balance over these endpoints, keyed a, b, c…, with discovery going on. */
async function over(...endpoints: MockEndpoint[]) {
  const source = handFed<string, MockEndpoint["service"]>();
  const balanced = balance(source.discover, { picker: p2c({ random: seededRandom(1) }) });
  source.batch(endpoints.map(({ service }, i) => ({ type: "insert", key: "abcdefghij".charAt(i), service })));
  await settle();
  return { source, balanced };
}

test("B1: with no endpoint and discovery over, calls and ready() reject with NoEndpointsError", async () => {
  const { source, balanced } = await over();
  const waiting = balanced.call("x");
  source.end();
  await expect(waiting).rejects.toBeInstanceOf(NoEndpointsError);
  await expect(balanced.call("y")).rejects.toBeInstanceOf(NoEndpointsError);
  await expect(balanced.ready()).rejects.toBeInstanceOf(NoEndpointsError);
});

test("B2: one endpoint without room makes callers wait; room lets a call through; a failure empties the set", async () => {
  const a = mockEndpoint({ allow: 0 });
  const { balanced } = await over(a);
  expect(balanced.ready()).not.toBe(true);
  expect(balanced.size).toBe(1);
  a.handle.allow(1);
  await settle();
  expect(balanced.ready()).toBe(true);
  const answer = balanced.call("hello");
  expect(balanced.ready()).not.toBe(true);
  answerAll(a, "re: ");
  expect(await answer).toBe("re: hello");
  a.handle.allow(1);
  await settle();
  expect(balanced.ready()).toBe(true);
  a.handle.fail(new Error("gone"));
  await settle();
  expect(balanced.ready()).not.toBe(true);
  await settle();
  expect(balanced.size).toBe(0);
});

test("B3: of two endpoints of the same load the one that is ready gets the call; one that fails leaves the other", async () => {
  const a = mockEndpoint({ allow: 0 });
  const b = mockEndpoint({ allow: 0 });
  const { balanced } = await over(a, b);
  expect(balanced.ready()).not.toBe(true);
  expect(balanced.size).toBe(2);
  for (const only of [a, b]) {
    only.handle.allow(1);
    await settle();
    expect(balanced.ready()).toBe(true);
    const answer = balanced.call("x");
    answerAll(only, "only ");
    expect(await answer).toBe("only x");
    expect(balanced.ready()).not.toBe(true);
  }
  a.handle.allow(1);
  b.handle.allow(1);
  await settle();
  for (const round of ["1", "2"]) {
    expect(balanced.ready()).toBe(true);
    const answer = balanced.call(round);
    answerAll(a);
    answerAll(b);
    expect(await answer).toBe(round);
  }
  expect(balanced.ready()).not.toBe(true);
  a.handle.fail(new Error("gone"));
  await settle();
  expect(balanced.size).toBe(1);
});

test("B5: with one ready endpoint its load is not asked; with more two distinct ones are drawn and a tie is even", async () => {
  const endpoints = Array.from({ length: 5 }, () => mockEndpoint());
  const { balanced } = await over(...endpoints);
  const draws = 10_000;
  for (let i = 0; i < draws; i += 1) {
    const answer = balanced.call("x");
    for (const endpoint of endpoints) answerAll(endpoint);
    await answer;
  }
  // Standard deviation of a share: √(draws · 0.2 · 0.8) = 40.
  for (const { handle } of endpoints) expect(Math.abs(handle.received - draws / 5)).toBeLessThan(4 * 40);
  expect(endpoints.reduce((sum, { asked }) => sum + asked, 0)).toBe(2 * draws);

  const alone = mockEndpoint();
  const single = await over(alone);
  const answer = single.balanced.call("x");
  answerAll(alone);
  await answer;
  expect(alone.asked).toBe(0);
});

test("B5: the lesser of the two loads wins", async () => {
  const light = mockEndpoint({ load: 1 });
  const heavy = mockEndpoint({ load: 2 });
  const { balanced } = await over(light, heavy);
  for (let i = 0; i < 100; i += 1) {
    const answer = balanced.call("x");
    answerAll(light);
    await answer;
  }
  expect(heavy.handle.received).toBe(0);
});

test("B6: an endpoint whose load is NaN or throws never wins over a number, Infinity included", async () => {
  const odd = mockEndpoint({ load: Number.NaN });
  const full = mockEndpoint({ load: Infinity });
  const { balanced } = await over(odd, full);
  for (let i = 0; i < 100; i += 1) void balanced.call("x");
  expect(odd.handle.received).toBe(0);
  odd.service.load = () => {
    throw new Error("no load today");
  };
  for (let i = 0; i < 100; i += 1) void balanced.call("x");
  expect(odd.handle.received).toBe(0);
  expect(full.handle.received).toBe(200);
});

test("B7: after ready() was true and another endpoint went, the call still goes to the least of those drawn", async () => {
  const [zero, five, nine] = [mockEndpoint({ load: 0 }), mockEndpoint({ load: 5 }), mockEndpoint({ load: 9 })] as const;
  const { source, balanced } = await over(zero, five, nine);
  expect(balanced.ready()).toBe(true);
  source.remove("a");
  await settle();
  for (let i = 0; i < 100; i += 1) void balanced.call("x");
  expect([zero, five, nine].map(({ handle }) => handle.received)).toEqual([0, 100, 0]);
});

test("B8: a new endpoint under a known key that is not ready leaves the old one serving until it is", async () => {
  const [old, young] = [mockEndpoint(), mockEndpoint({ allow: 0 })] as const;
  const { source, balanced } = await over(old);
  source.insert("a", young.service);
  await settle();
  expect(balanced.size).toBe(1);
  for (let i = 0; i < 3; i += 1) void balanced.call("x");
  expect(old.handle.received).toBe(3);
  young.handle.allow(10);
  await settle();
  void balanced.call("y");
  expect([old.handle.received, young.handle.received]).toEqual([3, 1]);
  expect(old.handle.closed).toBe(0);
  answerAll(old);
  await settle();
  expect(old.handle.closed).toBe(1);
});

test("B9: a new endpoint that is ready replaces at once, size 1; one that fails first leaves the old one", async () => {
  const [old, young, broken] = [mockEndpoint(), mockEndpoint(), mockEndpoint({ allow: 0 })] as const;
  const { source, balanced } = await over(old);
  source.insert("a", young.service);
  await settle();
  expect(balanced.size).toBe(1);
  expect(old.handle.closed).toBe(1);
  source.insert("a", broken.service);
  await settle();
  broken.handle.fail(new Error("never came up"));
  await settle();
  expect([balanced.size, balanced.readySize, broken.handle.closed]).toEqual([1, 1, 1]);
  void balanced.call("x");
  expect(young.handle.received).toBe(1);
});

test("B10: a removed endpoint answers the request that is in flight, and is closed then, once", async () => {
  const a = mockEndpoint();
  const { source, balanced } = await over(a);
  const answer = balanced.call("x");
  source.remove("a");
  await settle();
  expect([balanced.size, a.handle.closed]).toEqual([0, 0]);
  answerAll(a, "late ");
  expect(await answer).toBe("late x");
  await settle();
  expect(a.handle.closed).toBe(1);
});

test("B11: when discovery ends the endpoints stay", async () => {
  const a = mockEndpoint();
  const { source, balanced } = await over(a);
  source.end();
  await settle();
  expect([balanced.size, balanced.ready()]).toEqual([1, true]);
});

test("B12: when discovery fails the endpoints stay, and ready() is not disturbed", async () => {
  const a = mockEndpoint();
  const heard: unknown[] = [];
  const source = handFed<string, MockEndpoint["service"]>();
  const balanced = balance(source.discover, { observer: { discoveryFailed: (error) => heard.push(error) } });
  source.insert("a", a.service);
  source.fail("no more news");
  await settle();
  expect(heard).toEqual(["no more news"]);
  expect([balanced.size, balanced.ready()]).toEqual([1, true]);
});

test("B13: an error answer evicts nothing", async () => {
  const a = mockEndpoint();
  const { balanced } = await over(a);
  const answer = balanced.call("x");
  a.handle.calls[0]?.reject(new Error("500"));
  await expect(answer).rejects.toThrow("500");
  expect([balanced.size, balanced.readySize]).toEqual([1, 1]);
});

test("B14: with choices 2 a perfect endpoint gets 2/N of the requests; more choices lift that", async () => {
  for (const [choices, share] of [
    [2, 0.2],
    [5, 0.5],
    [10, 1],
    [99, 1],
  ] as const) {
    const endpoints = Array.from({ length: 10 }, (_, i) => mockEndpoint({ load: i === 3 ? 0 : 10 }));
    const source = handFed<number, MockEndpoint["service"]>();
    const balanced = balance(source.discover, { picker: p2c({ choices, random: seededRandom(choices) }) });
    source.batch(endpoints.map(({ service }, key) => ({ type: "insert", key, service })));
    await settle();
    const calls = 5000;
    for (let i = 0; i < calls; i += 1) void balanced.call("x");
    const sd = Math.sqrt((share * (1 - share)) / calls);
    expect(Math.abs((endpoints[3]?.handle.received ?? 0) / calls - share)).toBeLessThanOrEqual(4 * sd);
  }
});

test("B15: readiness is followed on its own: an endpoint that gets room starts what waits without another request", async () => {
  const a = mockEndpoint({ allow: 0 });
  const { balanced } = await over(a);
  const answer = balanced.call("x");
  expect(balanced.queued).toBe(1);
  a.handle.allow(1);
  await settle();
  expect(balanced.queued).toBe(0);
  answerAll(a);
  expect(await answer).toBe("x");
});

test("R1: of two endpoints one fails while pending and one becomes ready: the failure is told with its key, size 1, ready 1", async () => {
  const failures: unknown[] = [];
  const source = handFed<string, MockEndpoint["service"]>();
  const balanced = balance(source.discover, { observer: { failed: (key, error) => failures.push([key, error]) } });
  const [a, b] = [mockEndpoint({ allow: 0 }), mockEndpoint({ allow: 0 })] as const;
  source.insert("a", a.service);
  source.insert("b", b.service);
  await settle();
  a.handle.fail("broken");
  b.handle.allow(1);
  await settle();
  expect(failures).toEqual([["a", "broken"]]);
  expect([balanced.size, balanced.readySize]).toEqual([1, 1]);
});

test("R2: two endpoints that are not ready: ready 0, size 2; both become ready: 2, 2", async () => {
  const [a, b] = [mockEndpoint({ allow: 0 }), mockEndpoint({ allow: 0 })] as const;
  const { balanced } = await over(a, b);
  expect([balanced.readySize, balanced.size]).toEqual([0, 2]);
  a.handle.allow(1);
  b.handle.allow(1);
  await settle();
  expect([balanced.readySize, balanced.size]).toEqual([2, 2]);
});

test("R3: removed when ready, removed after failing while pending, removed in the batch that inserted it: all gone", async () => {
  const [ready, failing, brief] = [mockEndpoint(), mockEndpoint({ allow: 0 }), mockEndpoint({ allow: 0 })] as const;
  const { source, balanced } = await over(ready, failing);
  failing.handle.fail(new Error("broken"));
  source.batch([
    { type: "remove", key: "a" },
    { type: "remove", key: "b" },
    { type: "insert", key: "c", service: brief.service },
    { type: "remove", key: "c" },
  ]);
  brief.handle.fail(new Error("broken too"));
  await settle();
  expect(balanced.size).toBe(0);
  expect([ready, failing, brief].map(({ handle }) => handle.closed)).toEqual([1, 1, 1]);
});

test("R4: a key inserted twice and removed leaves nothing; inserted again it is ready", async () => {
  const [first, second, third] = [mockEndpoint(), mockEndpoint({ allow: 0 }), mockEndpoint()] as const;
  const { source, balanced } = await over();
  source.insert("0", first.service);
  source.insert("0", second.service);
  source.remove("0");
  await settle();
  expect([balanced.size, balanced.readySize]).toEqual([0, 0]);
  expect([first.handle.closed, second.handle.closed]).toEqual([1, 1]);
  source.insert("0", third.service);
  await settle();
  expect([balanced.size, balanced.readySize]).toEqual([1, 1]);
});

test("R5: 130 endpoints inserted one after another under one key settle with one, and the others are closed once", async () => {
  const endpoints = Array.from({ length: 130 }, (_, i) => mockEndpoint({ allow: i % 3 }));
  const { source, balanced } = await over();
  for (const { service } of endpoints) source.insert("0", service);
  await settle();
  expect([balanced.size, balanced.readySize]).toEqual([1, 1]);
  endpoints.at(-1)?.handle.allow(1);
  await settle();
  expect([balanced.size, balanced.readySize]).toEqual([1, 1]);
  const closed = endpoints.map(({ handle }) => handle.closed);
  expect(closed).toEqual([...Array(129).fill(1), 0]);
});
