/** What people do with an undici dispatcher works over several servers. */
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { endpointSet } from "@bal/discover";
import { type Dispatcher, fetch, getGlobalDispatcher, request, setGlobalDispatcher } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { dispatcherOver } from "./support/balanced.ts";
import { startServer } from "./support/servers.ts";

const echo: RequestListener = (message, response) => {
  response.setHeader("trailer", "x-length");
  text(message).then(
    (body) => {
      response.write(body);
      response.addTrailers({ "x-length": `${body.length}` });
      response.end();
    },
    () => {},
  );
};

const origin = "http://users.internal";

test("request, stream, pipeline and fetch spread over the servers, with the caller's host in Host", async () => {
  const servers = [await startServer(echo), await startServer(echo)];
  const dispatcher = dispatcherOver(servers.map((server) => server.origin));

  const { body, trailers } = await request(`${origin}/request?q`, { dispatcher, method: "POST", body: "one" });
  expect(await body.text()).toBe("one");
  expect(trailers).toEqual({ "x-length": "3" });

  const chunks: string[] = [];
  await dispatcher.stream({ origin, path: "/stream", method: "PUT", body: Readable.from(["t", "wo"]) }, () => {
    return new Writable({
      write(chunk, _, done) {
        chunks.push(`${chunk}`);
        done();
      },
    });
  });
  expect(chunks.join("")).toBe("two");

  const piped = dispatcher.pipeline({ origin, path: "/pipeline", method: "PUT" }, (data) => data.body);
  expect(await text(piped.end("three"))).toBe("three");

  for (const fetchOne of [fetch, globalThis.fetch as unknown as typeof fetch]) {
    const response = await fetchOne(`${origin}/fetch`, { dispatcher, method: "POST", body: "four" });
    expect(await response.text()).toBe("four");
  }

  const all = servers.flatMap(({ requests }) => requests).sort();
  expect(all).toEqual([
    "POST /fetch users.internal",
    "POST /fetch users.internal",
    "POST /request?q users.internal",
    "PUT /pipeline users.internal",
    "PUT /stream users.internal",
  ]);
  expect(servers.every(({ requests }) => requests.length >= 2)).toBe(true);
});

test("a request that names no origin, or the endpoint's own, carries the endpoint's own host", async () => {
  const server = await startServer();
  const dispatcher = dispatcherOver([server.origin]);
  await (await dispatcher.request({ path: "/", method: "GET" } as Dispatcher.RequestOptions)).body.text();
  await (await dispatcher.request({ origin: server.origin, path: "/", method: "GET" })).body.text();
  expect(server.requests).toEqual([`GET / 127.0.0.1:${server.port}`, `GET / 127.0.0.1:${server.port}`]);
});

test("a host that the caller sets stays, in each form that headers have", async () => {
  const server = await startServer();
  const dispatcher = dispatcherOver([server.origin]);
  const forms = [
    { Host: "mine" },
    ["Host", "mine"],
    new Map([["host", "mine"]]),
    { a: "1" },
    ["a", "1"],
    new Map([["a", "1"]]),
  ];
  for (const headers of forms as Dispatcher.DispatchOptions["headers"][]) {
    await (await dispatcher.request({ origin, path: "/", method: "GET", headers: headers as never })).body.text();
  }
  expect(server.requests.map((line) => line.split(" ")[2])).toEqual([
    ...Array(3).fill("mine"),
    ...Array(3).fill("users.internal"),
  ]);
});

test("a base path stands in front of each path", async () => {
  const server = await startServer();
  const dispatcher = dispatcherOver([`${server.origin}/base/`]);
  await (await request(`${origin}/a`, { dispatcher })).body.text();
  expect(server.requests).toEqual(["GET /base/a users.internal"]);
});

test("it serves as the global dispatcher, for undici's fetch and the built-in one", async () => {
  const server = await startServer();
  const before = getGlobalDispatcher();
  onTestFinished(() => setGlobalDispatcher(before));
  setGlobalDispatcher(dispatcherOver([server.origin]));
  expect(await (await fetch(`${origin}/undici`)).text()).toBe("ok");
  expect(await (await globalThis.fetch(`${origin}/built-in`)).text()).toBe("ok");
  expect(server.requests.length).toBe(2);
});

test("of a function, each origin has endpoints of its own, asked for once; one that is not balanced is its own", async () => {
  const [a, b] = [await startServer(), await startServer()];
  const asked: string[] = [];
  const dispatcher = dispatcherOver(({ origin: of, host }) => {
    asked.push(of);
    return host === "a.internal" ? [{ address: "127.0.0.1", port: a.port }] : undefined;
  });
  for (const url of ["http://a.internal/1", "http://a.internal:80/2", b.origin, new URL("http://a.internal/3")]) {
    await (await request(url, { dispatcher })).body.text();
  }
  expect(a.requests.length).toBe(3);
  expect(b.requests.length).toBe(1);
  expect(asked).toEqual(["http://a.internal", b.origin]);
  expect(dispatcher.endpoints().length).toBe(2);
});

test("an upgrade and a CONNECT go to one of the servers and hand over the socket", async () => {
  const server = await startServer();
  for (const event of ["upgrade", "connect"]) {
    server.server.on(event, (message, socket) => {
      const head = event === "upgrade" ? "101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo" : "200 OK";
      socket.write(`HTTP/1.1 ${head}\r\n\r\n${message.url}`);
      socket.end();
    });
  }
  const dispatcher = dispatcherOver([server.origin]);
  const upgraded = await dispatcher.upgrade({ origin, path: "/socket", protocol: "echo" } as never);
  expect(await text(upgraded.socket)).toBe("/socket");
  const tunnel = await dispatcher.connect({ origin, path: "elsewhere:443" } as never);
  expect(tunnel.statusCode).toBe(200);
  expect(await text(tunnel.socket)).toBe("elsewhere:443");
  expect(dispatcher.endpoints()[0]!.running).toBe(0);
});

test("an abort ends a request in flight and one that waits, and the place is free again", async () => {
  const server = await startServer((message, response) => {
    if (message.url === "/free") response.end("free");
  });
  const dispatcher = dispatcherOver([server.origin], { concurrency: 1 });
  const reason = new Error("no longer");
  const [inFlight, waiting] = [new AbortController(), new AbortController()];
  const first = request(`${origin}/1`, { dispatcher, signal: inFlight.signal });
  const second = request(`${origin}/2`, { dispatcher, signal: waiting.signal });
  const third = globalThis.fetch(`${origin}/3`, { dispatcher, signal: waiting.signal } as RequestInit);
  await expect.poll(() => server.requests.length).toBe(1);
  await expect.poll(() => dispatcher.stats.queued).toBe(2);
  waiting.abort(reason);
  await expect(second).rejects.toBe(reason);
  await expect(third).rejects.toBe(reason);
  expect(dispatcher.stats.queued).toBe(0);
  const last = request(`${origin}/free`, { dispatcher });
  inFlight.abort(reason);
  await expect(first).rejects.toBe(reason);
  expect(await (await last).body.text()).toBe("free");
  expect(server.requests.map((line) => line.split(" ")[1])).toEqual(["/1", "/free"]);
});

test("dispatch answers false while there is no room, then drain follows", async () => {
  const responses: (() => void)[] = [];
  const server = await startServer((_, response) => void responses.push(() => response.end()));
  const dispatcher = dispatcherOver([server.origin], { concurrency: 2 });
  await (async () => {
    const warm = dispatcher.request({ origin, path: "/", method: "GET" });
    await expect.poll(() => responses.length).toBe(1);
    responses.shift()!();
    await (await warm).body.text();
  })();
  const ended: string[] = [];
  const handler = (name: string): Dispatcher.DispatchHandler => ({
    onRequestStart: () => {},
    onResponseStart: () => {},
    onResponseData: () => {},
    onResponseEnd: () => void ended.push(name),
    onResponseError: () => {},
  });
  const send = (name: string) => dispatcher.dispatch({ origin, path: "/", method: "GET" }, handler(name));
  expect(send("a")).toBe(true);
  expect(send("b")).toBe(false);
  expect(send("c")).toBe(false);
  const drain = once(dispatcher, "drain");
  await expect.poll(() => responses.length).toBe(2);
  for (const respond of responses.splice(0)) respond();
  const [, targets] = await drain;
  expect(targets).toEqual([dispatcher]);
  await expect.poll(() => responses.length).toBe(1);
  responses.shift()!();
  await expect.poll(() => ended.length).toBe(3);
});

test("connect, disconnect and connectionError of every endpoint are heard, and stats count them all", async () => {
  const [a, b] = [await startServer(), await startServer()];
  const dispatcher = dispatcherOver([a.origin, b.origin]);
  const heard: string[] = [];
  for (const event of ["connect", "disconnect", "connectionError"] as const) {
    dispatcher.on(event as "connect", (of, targets) => {
      heard.push(`${event} ${of.origin}`);
      expect(targets[0]).toBe(dispatcher);
    });
  }
  for (let i = 0; i < 2; i++) await (await request(origin, { dispatcher })).body.text();
  expect(heard.sort()).toEqual([`connect ${a.origin}`, `connect ${b.origin}`].sort());
  expect(dispatcher.stats).toMatchObject({ connected: 2, running: 0, queued: 0, pending: 0, size: 0 });
  await a.close();
  await expect.poll(() => heard).toContain(`disconnect ${a.origin}`);
  for (let i = 0; i < 2; i++) await (await request(origin, { dispatcher })).body.text();
  expect(heard).toContain(`connectionError ${a.origin}`);
});

test("close lets what runs and what waits finish; a closed dispatcher takes nothing", async () => {
  const responses: (() => void)[] = [];
  const server = await startServer((_, response) => void responses.push(() => response.end("done")));
  const dispatcher = dispatcherOver([server.origin], { concurrency: 1 });
  const both = [request(origin, { dispatcher }), request(origin, { dispatcher })];
  await expect.poll(() => dispatcher.stats.queued).toBe(1);
  let closed = false;
  const closing = dispatcher.close().then(() => {
    closed = true;
  });
  expect(dispatcher.closed).toBe(true);
  await expect(request(origin, { dispatcher })).rejects.toMatchObject({ code: "UND_ERR_CLOSED" });
  expect(closed).toBe(false);
  for (let i = 0; i < 2; i++) {
    await expect.poll(() => responses.length).toBe(1);
    responses.shift()!();
  }
  for (const response of await Promise.all(both)) expect(await response.body.text()).toBe("done");
  await closing;
  await new Promise<void>((resolve) => dispatcher.close(resolve));
});

test("destroy ends what runs and what waits with the error, at once", async () => {
  const server = await startServer(() => {});
  const dispatcher = dispatcherOver([server.origin], { concurrency: 1 });
  const reason = new Error("that is it");
  const both = [request(origin, { dispatcher }), request(origin, { dispatcher })];
  await expect.poll(() => server.requests.length).toBe(1);
  const ends = Promise.all(both.map((one) => expect(one).rejects.toBe(reason)));
  await dispatcher.destroy(reason);
  await ends;
  expect(dispatcher.destroyed).toBe(true);
  await expect(request(origin, { dispatcher })).rejects.toMatchObject({ code: "UND_ERR_DESTROYED" });
});

test("servers come and go while requests flow: none fails, and one that has gone gets no more", async () => {
  const servers = await Promise.all(Array.from({ length: 4 }, () => startServer()));
  const set = endpointSet([[0, servers[0]!.origin]]);
  const dispatcher = dispatcherOver(set);
  let failed = 0;
  let flowing = true;
  const flow = Promise.all(
    Array.from({ length: 5 }, async () => {
      while (flowing)
        await request(origin, { dispatcher }).then(
          ({ body }) => body.text(),
          () => failed++,
        );
    }),
  );
  for (let i = 1; i < 4; i++) {
    set.insert(i, servers[i]!.origin);
    await expect.poll(() => servers[i]!.requests.length).toBeGreaterThan(5);
    set.remove(i - 1);
    await expect.poll(() => dispatcher.endpoints().length).toBe(1);
    await servers[i - 1]!.close();
  }
  flowing = false;
  await flow;
  expect(failed).toBe(0);
});
