// onBody with fetch and real HTTP servers on loopback.

import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { onBody, pendingRequests } from "@bal/load";
import { type Load, type Service, serviceFn } from "@bal/service";
import { settle } from "@bal/service/testing";
import * as undici from "undici";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

setFlagsFromString("--expose-gc");
const gc: () => void = runInNewContext("gc");

let server: Server;
let origin: string;
/** Responses of `/by-hand` that are still open, the latest last. */
const open: ServerResponse[] = [];
let service: Service<Request, Response> & Load;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://any");
    if (pathname === "/by-hand") {
      response.writeHead(200, { "content-type": "text/plain" });
      response.write("first ");
      open.push(response);
    } else if (pathname === "/away") response.writeHead(302, { location: "/json" }).end();
    else if (pathname === "/none") response.writeHead(204).end();
    else if (pathname === "/json") response.writeHead(200, { "content-type": "application/json" }).end('{"a":1}');
    else if (pathname === "/form") {
      response.writeHead(200, { "content-type": "application/x-www-form-urlencoded" }).end("a=1&b=2");
    } else response.writeHead(200, { "content-type": "text/plain", etag: '"x"' }).end("all of it");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  service = pendingRequests({ completion: onBody })(
    serviceFn((request: Request, { signal }) => fetch(request, { signal: signal ?? null })),
  );
});

const get = (path: string, signal?: AbortSignal): Promise<Response> =>
  service.call(new Request(origin + path), { signal });

async function byHand(signal?: AbortSignal): Promise<{ response: Response; end(rest: string): void; cut(): void }> {
  const response = await get("/by-hand", signal);
  const there = open.pop() as ServerResponse;
  return { response, end: (rest) => void there.end(rest), cut: () => void there.destroy() };
}

test("a request is pending until its body has been read to the end", async () => {
  const { response, end } = await byHand();
  expect(service.load()).toBe(1);
  const text = response.text();
  await settle();
  expect(service.load()).toBe(1);
  end("last");
  expect(await text).toBe("first last");
  expect(service.load()).toBe(0);
});

test("the response stays what fetch made, and is told by the same prototype", async () => {
  const response = await get("/away");
  expect(response).toBeInstanceOf(Response);
  expect(Object.prototype.toString.call(response)).toBe("[object Response]");
  expect(Object.keys(response)).toEqual([]);
  const { status, statusText, ok, redirected, type, url, bodyUsed } = response;
  expect({ status, statusText, ok, redirected, type, url, bodyUsed }).toEqual({
    status: 200,
    statusText: "OK",
    ok: true,
    redirected: true,
    type: "basic",
    url: `${origin}/json`,
    bodyUsed: false,
  });
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(() => response.headers.set("a", "b")).toThrow(TypeError);
  expect(await response.json()).toEqual({ a: 1 });
  expect(response.bodyUsed).toBe(true);
  expect(service.load()).toBe(0);
});

test.each(["arrayBuffer", "blob", "bytes", "text", "json", "formData"] as const)(
  "%s() reads to the end, once, with and without a look at the body before",
  async (name) => {
    const path = { json: "/json", formData: "/form" }[name as string] ?? "/text";
    if (typeof Response.prototype[name] !== "function") return;
    const expected = await (await fetch(origin + path))[name]();
    for (const look of [false, true]) {
      const response = await get(path);
      expect(service.load()).toBe(1);
      if (look) expect(response.body?.locked).toBe(false);
      expect(await response[name]()).toEqual(expected);
      expect(response.bodyUsed).toBe(true);
      expect(service.load()).toBe(0);
      await expect(response[name]()).rejects.toThrow(TypeError);
    }
  },
);

test("json() that finds no JSON has read the body all the same", async () => {
  const response = await get("/text");
  await expect(response.json()).rejects.toThrow(SyntaxError);
  expect(service.load()).toBe(0);
});

test("an answer without a body is over at once", async () => {
  expect((await get("/none")).body).toBe(null);
  expect(service.load()).toBe(0);
  const head = await service.call(new Request(`${origin}/text`, { method: "HEAD" }));
  expect(head.headers.get("etag")).toBe('"x"');
  expect(await head.text()).toBe("");
  expect(service.load()).toBe(0);
});

test("the body read as a stream counts to its end", async () => {
  const { response, end } = await byHand();
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  expect(response.body?.locked).toBe(true);
  expect(response.bodyUsed).toBe(false);
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toBe("first ");
  expect(response.bodyUsed).toBe(true);
  expect(service.load()).toBe(1);
  end("last");
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("last");
  expect((await reader.read()).done).toBe(true);
  expect(service.load()).toBe(0);
});

test("the body read into buffers, as an async iterable and through a pipe", async () => {
  const first = await get("/text");
  const reader = (first.body as ReadableStream<Uint8Array>).getReader({ mode: "byob" });
  let text = "";
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(4));
    text += new TextDecoder().decode(value);
    if (done) break;
  }
  expect(text).toBe("all of it");
  expect(service.load()).toBe(0);

  const second = await get("/text");
  const chunks: Uint8Array[] = [];
  for await (const chunk of second.body as ReadableStream<Uint8Array<ArrayBuffer>>) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe("all of it");
  expect(service.load()).toBe(0);

  const third = await get("/text");
  const decoded = (third.body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new TextDecoderStream());
  expect((await decoded.getReader().read()).value).toBe("all of it");
  await settle();
  expect(service.load()).toBe(0);

  const again = new Response((await get("/text")).body);
  expect(await again.text()).toBe("all of it");
  expect(service.load()).toBe(0);
});

test("a cancelled body is over", async () => {
  const { response, end } = await byHand();
  await response.body?.cancel();
  expect(response.bodyUsed).toBe(true);
  expect(service.load()).toBe(0);
  end("");
  const other = await byHand();
  const reader = (other.response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  await reader.cancel("enough");
  expect(service.load()).toBe(0);
  other.end("");
});

test("of two halves of a tee both must be cancelled, or one read to the end", async () => {
  const { response, end } = await byHand();
  const [a, b] = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).tee();
  void a.cancel();
  await settle();
  expect(service.load()).toBe(1);
  void b.cancel();
  await settle();
  expect(service.load()).toBe(0);
  end("");

  const other = await byHand();
  const [c, d] = (other.response.body as ReadableStream<Uint8Array<ArrayBuffer>>).tee();
  other.end("last");
  expect(await new Response(c).text()).toBe("first last");
  expect(service.load()).toBe(0);
  expect(await new Response(d).text()).toBe("first last");
});

test("a clone read to the end is enough, and the other can still be read", async () => {
  for (const look of [false, true]) {
    const { response, end } = await byHand();
    if (look) expect(response.body?.locked).toBe(false);
    const clone = response.clone();
    expect(clone.url).toBe(response.url);
    expect(clone.clone().status).toBe(200);
    expect(service.load()).toBe(1);
    end("last");
    expect(await clone.text()).toBe("first last");
    expect(service.load()).toBe(0);
    expect(await response.text()).toBe("first last");
    expect(() => response.clone()).toThrow(TypeError);
    expect(service.load()).toBe(0);
  }
});

test("a clone has headers of its own, of the same kind", async () => {
  for (const Made of [Response, undici.Response as unknown as typeof Response]) {
    const counted = pendingRequests({ completion: onBody })(
      serviceFn(() => new Made("text", { headers: { "x-a": "1" } })),
    );
    const response = await counted.call();
    response.headers.set("x-b", "2");
    const clone = response.clone();
    const another = clone.clone();
    clone.headers.set("x-a", "changed");
    another.headers.append("set-cookie", "a=1");
    expect([...response.headers].join()).toBe("content-type,text/plain;charset=UTF-8,x-a,1,x-b,2");
    expect([...clone.headers].join()).toBe("content-type,text/plain;charset=UTF-8,x-a,changed,x-b,2");
    expect(another.headers.get("x-a")).toBe("1");
    expect(clone.headers.constructor).toBe(response.headers.constructor);
  }
});

test("of clones all must be cancelled", async () => {
  const { response, end } = await byHand();
  const clone = response.clone();
  void response.body?.cancel();
  await settle();
  expect(service.load()).toBe(1);
  await clone.body?.cancel();
  expect(service.load()).toBe(0);
  end("");
});

test("a locked body cannot be read or cloned past its reader", async () => {
  const { response, end } = await byHand();
  const reader = response.body?.getReader();
  await expect(response.text()).rejects.toThrow(TypeError);
  expect(() => response.clone()).toThrow(TypeError);
  expect(service.load()).toBe(1);
  await reader?.cancel();
  expect(service.load()).toBe(0);
  end("");
});

test("a second text() while the first still reads does not end the request", async () => {
  const { response, end } = await byHand();
  const text = response.text();
  await expect(response.text()).rejects.toThrow(TypeError);
  expect(service.load()).toBe(1);
  end("last");
  expect(await text).toBe("first last");
  expect(service.load()).toBe(0);
});

test("a body that breaks ends the request, read either way", async () => {
  const { response, cut } = await byHand();
  const text = response.text();
  cut();
  await expect(text).rejects.toThrow();
  expect(service.load()).toBe(0);

  const other = await byHand();
  const reader = (other.response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  other.cut();
  await expect(reader.read()).rejects.toThrow();
  expect(service.load()).toBe(0);
});

test("an abort in the middle of the body ends the request with the reason", async () => {
  const controller = new AbortController();
  const { response, end } = await byHand(controller.signal);
  const text = response.text();
  controller.abort(new Error("enough"));
  await expect(text).rejects.toThrow("enough");
  expect(service.load()).toBe(0);
  end("");
});

test("a response of another fetch stays one of its kind", async () => {
  const counted = pendingRequests({ completion: onBody })(
    serviceFn(async (path: string) => (await undici.fetch(origin + path)) as unknown as Response),
  );
  const response = await counted.call("/away");
  expect(response).toBeInstanceOf(undici.Response);
  const clone = response.clone();
  expect(clone).toBeInstanceOf(undici.Response);
  expect([clone.url, clone.redirected, clone.type]).toEqual([`${origin}/json`, true, "basic"]);
  expect(counted.load()).toBe(1);
  expect(await clone.json()).toEqual({ a: 1 });
  expect(counted.load()).toBe(0);
});

test("under two loads each of them counts", async () => {
  const outer = pendingRequests({ completion: onBody })(service);
  for (const look of [false, true]) {
    const response = await outer.call(new Request(`${origin}/text`));
    expect([outer.load(), service.load()]).toEqual([1, 1]);
    if (look) expect(response.body).not.toBe(null);
    expect(await response.clone().text()).toBe("all of it");
    expect([outer.load(), service.load()]).toEqual([0, 0]);
  }
});

test("a response that is dropped unread is over when it is garbage", async () => {
  await dropUnread();
  await collect(() => service.load() === 0);
  expect(service.load()).toBe(0);
});

test("a body that is kept counts although its response is dropped", async () => {
  let body = await bodyOnly();
  await collect(() => service.load() === 0);
  expect(service.load()).toBe(1);
  expect(await new Response(body).text()).toBe("all of it");
  expect(service.load()).toBe(0);
  body = await bodyOnly();
  expect(service.load()).toBe(1);
  body = null;
  await collect(() => service.load() === 0);
  expect(service.load()).toBe(0);
});

test("of clones all must be garbage, and a text() under way still counts", async () => {
  const { text } = await readAndForget();
  await collect(() => service.load() === 0);
  expect(service.load()).toBe(1);
  open.pop()?.end("last");
  expect(await text).toBe("first last");
  expect(service.load()).toBe(0);

  const clone = [(await get("/text")).clone()];
  await collect(() => service.load() === 0);
  expect(service.load()).toBe(1);
  clone.pop();
  await collect(() => service.load() === 0);
  expect(service.load()).toBe(0);
});

// In functions of their own, so that nothing of the response is left on the stack.
async function dropUnread(): Promise<void> {
  expect((await get("/text")).status).toBe(200);
  expect(service.load()).toBe(1);
}

async function bodyOnly(): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
  return (await get("/text")).body;
}

async function readAndForget(): Promise<{ readonly text: Promise<string> }> {
  return { text: (await get("/by-hand")).text() };
}

/** Collects garbage until `done`, a few times at most. */
async function collect(done: () => boolean): Promise<void> {
  for (let i = 0; i < 10 && !done(); i++) {
    gc();
    await setImmediate();
  }
}
