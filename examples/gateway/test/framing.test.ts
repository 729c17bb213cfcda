// Requests that could be read in two ways are refused, and never reach an upstream.

import { describe, expect, it } from "vitest";
import { refuse } from "../src/proxy/framing.ts";
import { gatewayOver, raw, serverWith } from "./support/stand.ts";

const chunked = "Transfer-Encoding: chunked";
const ambiguous: Readonly<Record<string, readonly [head: string, body: string]>> = {
  "Content-Length before Transfer-Encoding": [`Content-Length: 5\r\n${chunked}`, "0\r\n\r\n"],
  "Transfer-Encoding before Content-Length": [`${chunked}\r\nContent-Length: 5`, "0\r\n\r\n"],
  "two lengths that differ": ["Content-Length: 5\r\nContent-Length: 6", "hello"],
  "two lengths that agree": ["Content-Length: 5\r\nContent-Length: 5", "hello"],
  "two lengths in one header": ["Content-Length: 5, 5", "hello"],
  "a length with a sign": ["Content-Length: +5", "hello"],
  "a length in hex": ["Content-Length: 0x5", "hello"],
  "an empty length": ["Content-Length:", ""],
  "a space before the colon": ["Content-Length : 5", "hello"],
  "Transfer-Encoding twice": [`${chunked}\r\n${chunked}`, "0\r\n\r\n"],
  "chunked that is not last": ["Transfer-Encoding: chunked, gzip", "0\r\n\r\n"],
  "something like chunked": ["Transfer-Encoding: xchunked", "0\r\n\r\n"],
  "a header over two lines": ["Transfer-Encoding:\r\n chunked", "0\r\n\r\n"],
  "two hosts": ["Host: b", ""],
};

describe("a request whose end is not plain", () => {
  it.each(Object.entries(ambiguous))("is refused with 400: %s", async (_, [head, body]) => {
    let reached = 0;
    const { url } = await serverWith((_request, response) => {
      reached += 1;
      response.end();
    });
    const { port } = await gatewayOver([url]);
    const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    const answer = await raw(port, `POST / HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n${body}${smuggled}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: "bad_request" });
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(reached).toBe(0);
  });

  it("is refused with 400 when HTTP/1.0 says Transfer-Encoding", async () => {
    const { url } = await serverWith((_, response) => response.end());
    const { port } = await gatewayOver([url]);
    expect(await raw(port, `POST / HTTP/1.0\r\n${chunked}\r\n\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("is refused with 501 when its coding is one that nobody here knows", async () => {
    const { url } = await serverWith((_, response) => response.end());
    const { port } = await gatewayOver([url]);
    const answer = await raw(port, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 501 /);
  });

  it("would be refused by the gateway itself, should a parser ever let it through", () => {
    const both = ["Content-Length", "5", "Transfer-Encoding", "chunked"];
    expect(refuse(both, "1.1")).toMatchObject({ status: 400 });
    expect(refuse(["Content-Length", "5", "content-length", "5"], "1.1")).toMatchObject({ status: 400 });
    expect(refuse(["Content-Length", "5, 5"], "1.1")).toMatchObject({ status: 400 });
    expect(refuse(["Content-Length", "5"], "1.1")).toBeUndefined();
    expect(refuse(["Transfer-Encoding", "Chunked"], "1.1")).toBeUndefined();
  });

  it("is refused with 502 when it is the answer of an upstream", async () => {
    const { createServer } = await import("node:net");
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    const server = createServer((socket) => socket.on("data", () => socket.end(answer)).on("error", () => {}));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const stand = await gatewayOver([`http://127.0.0.1:${port}`]);
    const response = await fetch(stand.url, { method: "POST" });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: "bad_upstream" });
    server.close();
  });
});

describe("targets", () => {
  it("may be absolute, of which the path goes upstream", async () => {
    const { url } = await serverWith((request, response) =>
      response.end(`${request.url} at ${request.headers["x-forwarded-host"]}`),
    );
    const { port } = await gatewayOver([url]);
    const answer = await raw(port, "GET http://b.example/p/?q=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(answer).toContain("/p/?q=1 at a");
  });

  it("open no tunnel", async () => {
    const { port } = await gatewayOver(["http://127.0.0.1:1"]);
    expect(await raw(port, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")).toMatch(/^HTTP\/1\.1 501 /);
  });
});
