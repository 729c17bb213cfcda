/** What @bal/fetch must do in every runtime, against real servers. Bundled and run by main.mjs. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { balancedFetch } from "@bal/fetch";
import { least } from "@bal/least";
import { expectedDelay, httpFailure, onBody } from "@bal/load";
import { balance } from "@bal/p2c";
import { check, report } from "./check.ts";

const servers: Server[] = [];

async function start(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => response.end(`${request.method} ${request.url} ${Buffer.concat(chunks)}`));
};

/** An origin on which nothing listens any more. */
async function dead(): Promise<string> {
  const origin = await start(echo);
  await new Promise<void>((resolve) => void servers.pop()?.close(() => resolve()));
  return origin;
}

const failing = await start((_, response) => void response.writeHead(503).end());
const silent = await start(() => {});
const living = await Promise.all([start(echo), start(echo), start(echo)]);
const over = (origins: readonly string[], retry?: object) =>
  balancedFetch(origins, {
    balance: (endpoints) => balance(endpoints, { picker: least() }),
    load: expectedDelay({ completion: onBody, failed: httpFailure }),
    ...(retry && { retry }),
  });

await check("requests spread, with path, query and bodies of every kind", async (expect) => {
  await using fetch = over(living);
  expect(await (await fetch("/a?b=c")).text(), "GET /a?b=c ");
  const bodies: [BodyInit, string][] = [
    ["text", "text"],
    [new TextEncoder().encode("bytes"), "bytes"],
    [new Blob(["blob"]), "blob"],
    [new URLSearchParams({ a: "1" }), "a=1"],
    [new Blob(["stream"]).stream(), "stream"],
  ];
  for (const [body, arrived] of bodies) {
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    expect(await (await fetch("http://any.host/p", init)).text(), `POST /p ${arrived}`);
  }
  const request = new Request("http://any.host/r", { method: "PUT", body: "request" });
  expect(await (await fetch(request)).text(), "PUT /r request");
});

await check("a refused connection moves the request", async (expect) => {
  await using fetch = over([await dead(), living[0] as string, await dead()]);
  for (let i = 0; i < 10; i++) expect(await (await fetch("/", { method: "POST", body: "b" })).text(), "POST / b");
});

await check("a 503 is retried elsewhere", async (expect) => {
  await using fetch = over([failing, living[0] as string], {});
  for (let i = 0; i < 10; i++) {
    const response = await fetch("/");
    expect(response.status, 200);
    // Its end is the request's.
    await response.text();
  }
});

await check("an abort ends a request with its reason", async (expect) => {
  await using fetch = over([silent]);
  const stop = new AbortController();
  const reason = new Error("no longer");
  setTimeout(() => stop.abort(reason), 20);
  expect(await fetch("/", { signal: stop.signal }).catch((error: unknown) => error), reason);
});

await check("the body of a Request is sent with its length, and moves", async (expect) => {
  const lengths: (string | undefined)[] = [];
  const measuring = await start((request, response) => {
    lengths.push(request.headers["content-length"]);
    echo(request, response);
  });
  await using fetch = over([await dead(), measuring]);
  const form = new URLSearchParams({ a: "1" });
  for (const body of ["string", new Uint8Array(6), new Blob(["string"]), form, "string"]) {
    const response = await fetch(new Request("http://any.host/p", { method: "POST", body }));
    expect((await response.text()).length, body === form ? 11 : 14);
  }
  expect(lengths.join(), "6,6,6,3,6");
});

await check("a request holds its place until its body is over", async (expect) => {
  const open: (() => void)[] = [];
  const slow = await start((_, response) => {
    response.write("begun, ");
    open.push(() => void response.end("ended"));
  });
  const fetch = balancedFetch([slow], { balance: (endpoints) => balance(endpoints), concurrency: 1 });
  const first = await fetch("/1");
  const text = first.text();
  const second = fetch("/2");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(open.length, 1);
  open[0]?.();
  expect(await text, "begun, ended");
  expect(first.url, `${slow}/1`);
  await (await second).body?.cancel();
  expect(fetch.endpoints()[0]?.running, 0);
  await fetch.close();
});

for (const server of servers) {
  server.closeAllConnections();
  server.close();
}
report();
