/** A `Request` goes in as into fetch: what init leaves open stands, and a body that is there is sent as what it is. */
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { fetchOver } from "./fetch-over.ts";
import { deadOrigin, startServer } from "./server.ts";

/** Tells what came. */
async function echoing() {
  const server = await startServer((request, response) => {
    void text(request).then((body) => {
      const { method, headers } = request;
      if (request.url === "/moved") response.writeHead(307, { location: "/" }).end();
      else response.end(JSON.stringify({ method, headers, body }));
    });
  });
  return { server, fetch: fetchOver([server.origin]) };
}

const any = "http://any.host/";

test("a member of init that is undefined says nothing, and a body that is null leaves the request's", async () => {
  const { fetch, server } = await echoing();
  const request = () => new Request(any, { method: "POST", body: "body", headers: { "x-mine": "1" } });
  for (const init of [
    { method: undefined },
    { headers: undefined },
    { body: undefined },
    { body: null },
    { signal: undefined },
    { redirect: undefined },
  ]) {
    const [balanced, plain] = await Promise.all([
      fetch(request(), init as RequestInit).then((response) => response.json()),
      globalThis.fetch(new Request(server.origin, request()), init as RequestInit).then((response) => response.json()),
    ]);
    expect(balanced).toMatchObject({ method: "POST", body: "body", headers: { "x-mine": "1" } });
    expect([balanced.method, balanced.body]).toEqual([plain.method, plain.body]);
  }
  expect((await fetch(new Request(any), undefined)).status).toBe(200);
  expect((await fetch(new Request(any), null as never)).status).toBe(200);
});

test("an abort of the request's counts where init has none, and not where init says null", async () => {
  const { fetch, server } = await echoing();
  const reason = new Error("no longer");
  const aborted = () => new Request(any, { signal: AbortSignal.abort(reason) });
  for (const init of [undefined, {}, { signal: undefined }]) {
    await expect(fetch(aborted(), init as RequestInit)).rejects.toBe(reason);
  }
  expect(server.urls).toEqual([]);
  expect((await fetch(aborted(), { signal: null })).status).toBe(200);
});

const form = new FormData();
form.set("field", "value");
form.set("file", new Blob(["file"]), "name");

test.each([
  ["a string", "text"],
  ["an empty string", ""],
  ["a string of 3 MB", "x".repeat(3e6)],
  ["bytes", new TextEncoder().encode("bytes")],
  ["a blob", new Blob(["blob"], { type: "text/x" })],
  ["a form", form],
  ["parameters", new URLSearchParams({ a: "1" })],
])("a Request's body of %s is sent with its length, follows a redirect, moves and is sent again", async (_, body) => {
  const request = (path = "") => new Request(any + path, { method: "PUT", body });
  const { fetch, server } = await echoing();
  const whole = (value: string) => value.replaceAll(/form.*-\w+/g, "boundary");
  const sent = await (await fetch(request())).json();
  const plain = await (await globalThis.fetch(new Request(server.origin, { method: "PUT", body }))).json();
  expect(sent.headers["transfer-encoding"]).toBeUndefined();
  expect(sent.headers["content-length"]).toBe(plain.headers["content-length"]);
  expect(sent.headers["content-type"]?.slice(0, 20)).toBe(plain.headers["content-type"]?.slice(0, 20));
  expect(whole(sent.body)).toBe(whole(plain.body));

  expect(whole((await (await fetch(request("moved"))).json()).body)).toBe(whole(plain.body));

  const moving = fetchOver([await deadOrigin(), server.origin]);
  for (let i = 0; i < 2; i++) expect((await moving(request())).status).toBe(200);

  const failing = await startServer((incoming, response) => {
    incoming.resume().on("end", () => response.writeHead(503).end());
  });
  const again = fetchOver([failing.origin, server.origin], { retry: {} });
  for (let i = 0; i < 2; i++) expect((await again(request())).status).toBe(200);
});

test("a stream that is being made is sent as it comes, once, and never kept whole", async () => {
  const { fetch } = await echoing();
  let push: ((text: string | undefined) => void) | undefined;
  const byHand = new ReadableStream<Uint8Array>({
    start(controller) {
      push = (part) => (part === undefined ? controller.close() : controller.enqueue(new TextEncoder().encode(part)));
    },
  });
  push!("first, ");
  const arrived: string[] = [];
  const server = await startServer((request, response) => {
    request.setEncoding("utf8").on("data", (part: string) => arrived.push(part));
    request.on("end", () => response.end(arrived.join("")));
  });
  const open = { method: "POST", duplex: "half" } as RequestInit;
  const answered = fetchOver([server.origin])(new Request(any, { ...open, body: byHand }));
  await expect.poll(() => arrived).toEqual(["first, "]);
  push!("second");
  push!(undefined);
  expect(await (await answered).text()).toBe("first, second");

  let made = 0;
  let taken = 0;
  const endless = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        made += 1;
        controller.enqueue(new Uint8Array(2 ** 16));
      },
    },
    { highWaterMark: 0 },
  );
  const mock = fetchOver(["http://10.0.0.1"], {
    fetch: async (_, init) => {
      taken = made;
      await (init as { body: ReadableStream }).body.cancel();
      return new Response();
    },
  });
  await mock(new Request(any, { ...open, body: endless }));
  expect(taken).toBeLessThan(20);

  const twice = fetchOver([await deadOrigin(), await deadOrigin()]);
  const slow = new ReadableStream({ pull: () => new Promise(() => {}) });
  await expect(twice(new Request(any, { ...open, body: slow }))).rejects.toThrow("fetch failed");
  const failed = new ReadableStream({ start: (controller) => controller.error(new Error("broken")) });
  await expect(fetch(new Request(any, { ...open, body: failed }))).rejects.toThrow();
});
