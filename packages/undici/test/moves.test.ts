/** A request that got no connection goes elsewhere; one that had one is never sent twice; and servers come back. */
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { peakEwma } from "@bal/load";
import { balance } from "@bal/p2c";
import { virtualClock } from "@bal/service/testing";
import { Dispatcher, request } from "undici";
import { expect, test, vi } from "vitest";
import { stubborn } from "../../fetch/test/round-robin.ts";
import { dispatcherOver } from "./support/balanced.ts";
import { deadOrigin, startServer } from "./support/servers.ts";

const origin = "http://users.internal";

test("of a dead server and a living one every request reaches the living one, streams too", async () => {
  const bodies: string[] = [];
  const living = await startServer((message, response) => {
    void text(message).then((body) => {
      bodies.push(body);
      response.end("ok");
    });
  });
  const dispatcher = dispatcherOver([await deadOrigin(), living.origin, await deadOrigin()]);
  const send = async (body: string | Readable) => {
    const response = await request(origin, { dispatcher, method: "POST", body });
    expect(await response.body.text()).toBe("ok");
  };
  for (let i = 0; i < 4; i++) {
    await send("text");
    await send(Readable.from(["a", "stream"]));
  }
  await Promise.all(Array.from({ length: 10 }, () => send("at once")));
  expect(bodies.filter((body) => body === "astream").length).toBe(4);
  expect(bodies.length).toBe(18);
});

test("when none can be reached a request fails with what the last connection failed with, after one try on each", async () => {
  const dispatcher = dispatcherOver([await deadOrigin(), await deadOrigin()]);
  const failures: unknown[] = [];
  dispatcher.on("connectionError", (_, __, error) => failures.push(error));
  await expect(request(origin, { dispatcher })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(failures.length).toBe(2);
  expect(dispatcher.endpoints().map(({ reachable }) => reachable)).toEqual([false, false]);
});

test("a request whose connection breaks is not sent again, whatever its method", async () => {
  const breaking = await startServer((message) => void message.socket.destroy());
  const other = await startServer();
  const dispatcher = dispatcherOver([breaking.origin, other.origin]);
  const results = await Promise.allSettled(
    ["GET", "POST", "PUT", "DELETE"].map((method) => request(origin, { dispatcher, method })),
  );
  const failed = results.filter(({ status }) => status === "rejected");
  expect(failed.length).toBe(breaking.requests.length);
  expect(breaking.requests.length + other.requests.length).toBe(4);
  expect(failed[0]).toMatchObject({ reason: { code: "UND_ERR_SOCKET" } });
});

test("a move goes elsewhere even when the picker would always take the same endpoint", async () => {
  const living = await startServer();
  const targets = [await deadOrigin(), await deadOrigin(), living.origin];
  const dispatcher = dispatcherOver(targets, { balance: (endpoints) => balance(endpoints, { picker: stubborn() }) });
  for (let i = 0; i < 3; i++) await (await request(origin, { dispatcher })).body.text();
  expect(living.requests.length).toBe(3);
});

test("a server that takes no new connection but has one is still there", async () => {
  const responses: (() => void)[] = [];
  const full = await startServer((_, response) => void responses.push(() => response.end("ok")));
  const dispatcher = dispatcherOver([full.origin]);
  const first = request(origin, { dispatcher });
  await expect.poll(() => responses.length).toBe(1);
  full.server.close();
  await expect(request(origin, { dispatcher })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(dispatcher.endpoints()[0]).toMatchObject({ reachable: true, running: 1 });
  responses[0]!();
  expect(await (await first).body.text()).toBe("ok");
});

test("a load hears nothing of aborts and of connections that were refused", async () => {
  const failed = vi.fn(() => true);
  const silent = await startServer(() => {});
  const load = peakEwma({ failed });
  const aborting = dispatcherOver([silent.origin], { load });
  const stop = new AbortController();
  const ended = expect(request(origin, { dispatcher: aborting, signal: stop.signal })).rejects.toThrow("no longer");
  await expect.poll(() => silent.requests.length).toBe(1);
  stop.abort(new Error("no longer"));
  await ended;
  const refused = dispatcherOver([await deadOrigin()], { load });
  await expect(request(origin, { dispatcher: refused })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(failed).not.toHaveBeenCalled();
  const breaking = await startServer((message) => void message.socket.destroy());
  const broken = dispatcherOver([breaking.origin], { load });
  await expect(request(origin, { dispatcher: broken })).rejects.toThrow();
  expect(failed).toHaveBeenCalledTimes(1);
});

test("a client that says it is full while it has idle connections gets more, until it has none", async () => {
  class Full extends Dispatcher {
    readonly handlers: Dispatcher.DispatchHandler[] = [];
    override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
      this.handlers.push(handler);
      return false;
    }
    override close(): never {
      return Promise.resolve() as never;
    }
    override destroy(): never {
      return this.close();
    }
  }
  const client = new Full();
  const dispatcher = dispatcherOver(["http://10.0.0.1"], { factory: () => client });
  await expect.poll(() => dispatcher.endpoints().length).toBe(1);
  for (let i = 0; i < 2; i++) client.emit("connect", new URL("http://10.0.0.1"), []);
  const handler = { onRequestStart() {}, onResponseError() {} };
  const send = () => dispatcher.dispatch({ origin, path: "/", method: "GET" }, handler);
  expect([send(), send(), send()]).toEqual([true, false, false]);
  expect(client.handlers.length).toBe(2);
  for (const one of client.handlers) one.onResponseError?.(null as never, new Error("over"));
  await expect.poll(() => client.handlers.length).toBe(3);
  client.handlers[2]?.onResponseError?.(null as never, new Error("over"));
});

test("a request that is wrong is refused once, and says nothing about the server", async () => {
  const server = await startServer();
  const dispatcher = dispatcherOver([server.origin, server.origin]);
  await expect(dispatcher.request({ origin, path: "/\n", method: "GET" })).rejects.toMatchObject({
    code: "UND_ERR_INVALID_ARG",
  });
  await expect(request(origin, { dispatcher, headers: ["odd"] })).rejects.toMatchObject({
    code: "UND_ERR_INVALID_ARG",
  });
  expect(dispatcher.endpoints().every(({ ready, reachable }) => ready && reachable)).toBe(true);
  expect(server.connections).toBe(0);
});

test("a server that cannot be reached is tried again after pauses that double, and is back with its first answer", async () => {
  const clock = virtualClock();
  const pauses: number[] = [];
  const living = await startServer();
  const dead = await deadOrigin();
  const dispatcher = dispatcherOver([living.origin, dead], {
    random: () => 0,
    schedule: (ms, fn) => {
      pauses.push(ms);
      return clock.schedule(ms, fn);
    },
  });
  let attempts = 0;
  dispatcher.on("connectionError", () => attempts++);
  const send = async (count = 1) => {
    for (let i = 0; i < count; i++) await (await request(origin, { dispatcher })).body.text();
  };
  await send(4);
  expect([attempts, pauses]).toEqual([1, [100]]);
  for (const pause of [100, 200, 400, 800, 1_600, 2_000, 2_000]) {
    await clock.advance(pause - 1);
    const before = attempts;
    await send(2);
    expect(attempts).toBe(before);
    await clock.advance(1);
    await send(2);
    expect(attempts).toBe(before + 1);
  }
  expect(pauses).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000]);
  const returned = await startServer(undefined, Number(new URL(dead).port));
  await clock.advance(2_000);
  await send(10);
  expect(returned.requests.length).toBeGreaterThanOrEqual(4);
  expect(dispatcher.endpoints().every(({ reachable }) => reachable)).toBe(true);
});

test("on trial a server gets one request, not all that are waiting", async () => {
  const clock = virtualClock();
  const living = await startServer();
  const dead = await deadOrigin();
  const dispatcher = dispatcherOver([living.origin, dead], { schedule: clock.schedule });
  let attempts = 0;
  dispatcher.on("connectionError", () => attempts++);
  for (let i = 0; i < 2; i++) await (await request(origin, { dispatcher })).body.text();
  await clock.advance(100);
  expect(attempts).toBe(1);
  const all = Array.from({ length: 20 }, async () => (await request(origin, { dispatcher })).body.text());
  expect(new Set(await Promise.all(all))).toEqual(new Set(["ok"]));
  expect(attempts).toBe(2);
});

test("after an outage of all, each has its share again as soon as it is back", async () => {
  const first = await Promise.all([startServer(), startServer(), startServer()]);
  const clock = virtualClock();
  const dispatcher = dispatcherOver(
    first.map((server) => server.origin),
    { schedule: clock.schedule },
  );
  const send = async () => (await request(origin, { dispatcher })).body.text();
  for (let i = 0; i < 6; i++) await send();
  await Promise.all(first.map((server) => server.close()));
  await expect.poll(() => dispatcher.stats.connected).toBe(0);
  for (let i = 0; i < 20; i++) await expect(send()).rejects.toThrow();
  const back = await Promise.all(first.map(({ port }) => startServer(undefined, port)));
  await clock.advance(2_000);
  for (let i = 0; i < 30; i++) await send();
  for (const { requests } of back) expect(requests.length).toBeGreaterThanOrEqual(8);
});

test("with pools of a limited size what does not fit waits in front of all servers", async () => {
  const { Client } = await import("undici");
  const responses: (() => void)[] = [];
  const servers = await Promise.all(
    Array.from({ length: 2 }, () => startServer((_, response) => void responses.push(() => response.end("ok")))),
  );
  const dispatcher = dispatcherOver(
    servers.map((server) => server.origin),
    { factory: (of) => new Client(of) },
  );
  const all = Array.from({ length: 6 }, () => request(origin, { dispatcher }));
  await expect.poll(() => responses.length).toBe(2);
  expect(dispatcher.stats.queued).toBe(4);
  for (let i = 0; i < 6; i++) {
    await expect.poll(() => responses.length).toBeGreaterThan(0);
    responses.shift()!();
  }
  for (const one of all) expect(await (await one).body.text()).toBe("ok");
  expect(servers.map(({ connections }) => connections)).toEqual([1, 1]);
});
