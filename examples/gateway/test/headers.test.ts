// Which headers cross the gateway, in both directions, seen on raw sockets.

import { describe, expect, it } from "vitest";
import { gatewayOver, raw, serverWith } from "./support/stand.ts";

/** What an upstream gets when the gateway is sent `bytes`: its raw headers as "name: value" lines. */
async function received(lines: readonly string[]): Promise<string[]> {
  let headers: string[] = [];
  const { url } = await serverWith((request, response) => {
    headers = request.rawHeaders;
    response.end();
  });
  const { port } = await gatewayOver([url]);
  await raw(port, `${lines.join("\r\n")}\r\n\r\n`, /\r\n\r\n/);
  return Array.from({ length: headers.length / 2 }, (_, index) => `${headers[2 * index]}: ${headers[2 * index + 1]}`);
}

const named = (lines: readonly string[], name: string): string[] =>
  lines.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));

describe("request headers", () => {
  it("pass with their case, order and repetition", async () => {
    const lines = await received([
      "GET / HTTP/1.1",
      "Host: example.com",
      "X-One: 1",
      "x-TWO: b",
      "X-One: 3",
      "Accept-Encoding: br",
      "Cookie: a=1",
      "Authorization: Basic eA==",
    ]);
    expect(lines.filter((line) => /^x-(one|two)/i.test(line))).toEqual(["X-One: 1", "x-TWO: b", "X-One: 3"]);
    expect(named(lines, "cookie")).toEqual(["Cookie: a=1"]);
    expect(named(lines, "authorization")).toEqual(["Authorization: Basic eA=="]);
    expect(named(lines, "accept-encoding")).toEqual(["Accept-Encoding: br"]);
  });

  it("of one hop stay on their side, and so do those that Connection names", async () => {
    const lines = await received([
      "GET / HTTP/1.1",
      "Host: example.com",
      "Connection: close, X-Secret, x-other",
      "X-Secret: 1",
      "X-Other: 2",
      "X-Kept: 3",
      "Keep-Alive: timeout=5",
      "Proxy-Connection: keep-alive",
      "Proxy-Authorization: Basic eA==",
      "TE: trailers",
      "Upgrade: h2c",
    ]);
    for (const name of [
      "X-Secret",
      "X-Other",
      "Keep-Alive",
      "Proxy-Connection",
      "Proxy-Authorization",
      "TE",
      "Upgrade",
    ]) {
      expect(named(lines, name), name).toEqual([]);
    }
    expect(named(lines, "x-kept")).toEqual(["X-Kept: 3"]);
    expect(named(lines, "connection").join()).not.toContain("X-Secret");
  });

  it("say where the request came from", async () => {
    const lines = await received(["GET / HTTP/1.1", "Host: example.com:81"]);
    expect(named(lines, "x-forwarded-for")).toEqual(["X-Forwarded-For: 127.0.0.1"]);
    expect(named(lines, "x-forwarded-proto")).toEqual(["X-Forwarded-Proto: http"]);
    expect(named(lines, "x-forwarded-host")).toEqual(["X-Forwarded-Host: example.com:81"]);
    expect(named(lines, "via")).toEqual(["Via: 1.1 bal"]);
    expect(named(lines, "host")[0]).toMatch(/^host: 127\.0\.0\.1:\d+$/i);
  });

  it("continue the chain of proxies before, and believe nothing else that a client says of itself", async () => {
    const lines = await received([
      "GET / HTTP/1.0",
      "Host: example.com",
      "X-Forwarded-For: 192.0.2.1, 192.0.2.2",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: evil.example",
      "Via: 1.1 front",
    ]);
    expect(named(lines, "x-forwarded-for")).toEqual(["X-Forwarded-For: 192.0.2.1, 192.0.2.2, 127.0.0.1"]);
    expect(named(lines, "x-forwarded-proto")).toEqual(["X-Forwarded-Proto: http"]);
    expect(named(lines, "x-forwarded-host")).toEqual(["X-Forwarded-Host: example.com"]);
    expect(named(lines, "via")).toEqual(["Via: 1.1 front, 1.0 bal"]);
  });
});

describe("response headers", () => {
  it("pass as they came, but for those of one hop, with Via added", async () => {
    const { url } = await serverWith((_, response) => {
      response.writeHead(299, "As It Pleases", [
        "Set-Cookie",
        "a=1",
        "Set-Cookie",
        "b=2",
        "X-Case",
        "Kept",
        "Connection",
        "keep-alive, X-Hop",
        "X-Hop",
        "1",
        "Keep-Alive",
        "timeout=99",
        "Proxy-Authenticate",
        "Basic",
        "Via",
        "1.0 inner",
        "Content-Length",
        "2",
      ]);
      response.end("ok");
    });
    const { port } = await gatewayOver([url]);
    const answer = await raw(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", /ok$/);
    expect(answer).toMatch(/^HTTP\/1\.1 299 As It Pleases\r\n/);
    expect(answer).toContain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Case: Kept\r\n");
    expect(answer).toContain("Via: 1.0 inner, 1.1 bal\r\n");
    expect(answer).not.toMatch(/X-Hop|timeout=99|Proxy-Authenticate/i);
    expect(answer.match(/^Content-Length/gim)).toHaveLength(1);
    expect(answer.match(/^Date/gim)).toHaveLength(1);
  });
});
