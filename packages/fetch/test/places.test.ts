/** How long a request holds its place on an endpoint. */
import type { ServerResponse } from "node:http";
import { endpointSet } from "@bal/discover";
import { balancedFetch } from "@bal/fetch";
import { onResponse } from "@bal/load";
import { balance } from "@bal/p2c";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { startServer } from "./server.ts";

type Options = Partial<Parameters<typeof balancedFetch>[1]>;

function fetchOver(origins: Parameters<typeof balancedFetch>[0], options: Options = {}) {
  const fetch = balancedFetch(origins, { balance: (endpoints) => balance(endpoints), concurrency: 1, ...options });
  onTestFinished(() => fetch.close());
  return fetch;
}

/** A server whose answers are open until a test ends them. */
async function open(options: Options = {}) {
  const answers: ServerResponse[] = [];
  const server = await startServer((_, response) => {
    response.write("begun, ");
    answers.push(response);
  });
  const fetch = fetchOver([server.origin], options);
  const running = () => fetch.endpoints()[0]!.running;
  return { ...server, answers, fetch, running };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test.each([
  ["text", async (response: Response) => expect(await response.text()).toBe("begun, ended")],
  [
    "a stream",
    async (response: Response) => {
      for await (const _ of response.body!);
    },
  ],
  [
    "a reader with a buffer of its own",
    async (response: Response) => {
      const reader = response.body!.getReader({ mode: "byob" });
      while (!(await reader.read(new Uint8Array(100))).done);
    },
  ],
  ["a clone", async (response: Response) => void (await response.clone().text())],
])("until its body has been read, as %s", async (_, read) => {
  const { fetch, answers, running, urls } = await open();
  const response = await fetch("/1");
  const second = fetch("/2");
  const reading = read(response);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([running(), urls, fetch.balance.ready() === true]).toEqual([1, ["/1"], false]);
  answers[0]!.end("ended");
  await reading;
  await (await second).body!.cancel();
  expect(urls).toEqual(["/1", "/2"]);
});

test("until its body was cancelled, has failed, or its call was aborted", async () => {
  const { fetch, answers, running } = await open();
  await (await fetch("/1")).body!.cancel();
  expect(running()).toBe(0);

  const cut = (await fetch("/2")).text();
  expect(running()).toBe(1);
  answers[1]!.destroy();
  await expect(cut).rejects.toThrow();
  expect(running()).toBe(0);

  const stop = new AbortController();
  const aborted = (await fetch("/3", { signal: stop.signal })).text();
  stop.abort();
  await expect(aborted).rejects.toThrow();
  expect(running()).toBe(0);
});

test("for a second where nobody reads, or has gone on reading", async () => {
  const { fetch, running } = await open();
  await fetch("/1");
  await vi.advanceTimersByTimeAsync(999);
  expect(running()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(running()).toBe(0);

  const reader = (await fetch("/2")).body!.getReader();
  await vi.advanceTimersByTimeAsync(500);
  await reader.read();
  await vi.advanceTimersByTimeAsync(999);
  expect(running()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(running()).toBe(0);
});

test("no longer than its headers where there is no body, or one that is short and so has been sent", async () => {
  const server = await startServer((request, response) => {
    const [status, length] = request.url!.slice(1).split("/").map(Number);
    response.writeHead(status!, { "content-length": length! });
    response.end("x".repeat(length!));
  });
  const fetch = fetchOver([server.origin]);
  const running = () => fetch.endpoints()[0]!.running;
  for (const [path, init] of [
    ["/200/0", {}],
    ["/200/16384", {}],
    ["/503/20", {}],
    ["/200/99999", { method: "HEAD" }],
  ] as const) {
    await fetch(path, init);
    expect(running()).toBe(0);
  }
  const long = await fetch("/200/16385");
  expect(running()).toBe(1);
  await long.text();
  expect(running()).toBe(0);
});

test("with the response still the one that fetch gave", async () => {
  const server = await startServer((request, response) => {
    if (request.url === "/away") response.writeHead(302, { location: "/here" }).end();
    else response.writeHead(201, "Made", { "x-mine": "1", "transfer-encoding": "chunked" }).end(JSON.stringify("text"));
  });
  let given: Response | undefined;
  const fetch = fetchOver([server.origin], {
    fetch: async (url, init) => {
      given = await globalThis.fetch(url, init);
      return given;
    },
  });
  const there = await globalThis.fetch(`${server.origin}/away`);
  const response = await fetch("/away");
  expect(response).toBe(given);
  for (const one of [response, response.clone()]) {
    expect(one).toBeInstanceOf(Response);
    for (const name of ["url", "type", "redirected", "status", "statusText", "ok", "bodyUsed"] as const) {
      expect([name, one[name]]).toEqual([name, there[name]]);
    }
    expect(one.headers.get("x-mine")).toBe("1");
    expect(await one.json()).toBe("text");
    expect(one.bodyUsed).toBe(true);
    await expect(one.text()).rejects.toThrow(TypeError);
  }
});

test("with the body one stream, which locks and is used as fetch's is", async () => {
  const { fetch, answers, running } = await open();
  const response = await fetch("/1");
  expect(response.body).toBe(response.body);
  const reader = response.body!.getReader();
  expect(await reader.read()).toMatchObject({ done: false });
  expect([response.bodyUsed, response.body!.locked]).toEqual([true, true]);
  await expect(response.text()).rejects.toThrow(TypeError);
  await reader.cancel();
  const again = await fetch("/2");
  answers[1]!.end("ended");
  expect(await new Response(again.body, again).text()).toBe("begun, ended");
  expect(running()).toBe(0);
});

test("of a mock that gives the same response again, or one that is none, too", async () => {
  const same = new Response("text");
  let answer: unknown = same;
  const fetch = fetchOver(["http://10.0.0.1"], { fetch: async () => answer as Response });
  for (let i = 0; i < 3; i++) {
    expect(await fetch("/")).toBe(same);
    expect(fetch.endpoints()[0]!.running).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(await same.text()).toBe("text");
  for (answer of [undefined, { ok: true, json: async () => 1 }]) expect(await fetch("/")).toBe(answer);
  expect(fetch.endpoints()[0]!.running).toBe(0);
});

test("no longer than its headers where the completion says so", async () => {
  const { fetch, urls, running } = await open({ completion: onResponse });
  await fetch("/1");
  expect(running()).toBe(0);
  await fetch("/2");
  expect(urls).toEqual(["/1", "/2"]);
});

test("closing and draining wait for bodies, which stay whole", async () => {
  const { answers, origin } = await open();
  const set = endpointSet([["a", origin]]);
  const fetch = fetchOver(set);
  const response = await fetch("/1");
  const text = response.text();
  let closed = false;
  const closing = fetch.close().then(() => (closed = true));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(closed).toBe(false);
  answers[0]!.end("ended");
  expect(await text).toBe("begun, ended");
  await closing;
});

test("not for ever when the completion throws, or fetch is a mock that throws or returns no promise", async () => {
  const completion = vi.fn((response: Response, complete: () => void) => {
    complete();
    return response;
  });
  const boom = new Error("boom");
  let answer: () => unknown = () => new Response("at once");
  const fetch = fetchOver(["http://10.0.0.1"], { completion, fetch: (() => answer()) as never });
  expect(await (await fetch("/")).text()).toBe("at once");
  completion.mockImplementationOnce(() => {
    throw boom;
  });
  await expect(fetch("/")).rejects.toBe(boom);
  answer = () => {
    throw boom;
  };
  await expect(fetch("/")).rejects.toBe(boom);
  answer = () => Promise.reject(boom);
  await expect(fetch("/")).rejects.toBe(boom);
  expect(fetch.endpoints()).toEqual([{ origin: "http://10.0.0.1", running: 0, ready: true }]);
  await fetch.close();
});
