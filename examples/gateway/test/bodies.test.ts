// Methods, paths, bodies and their ends come through as they were sent.

import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { eventually, gatewayOver, open, raw, serverWith } from "./support/stand.ts";

describe("requests", () => {
  it.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])(
    "%s passes with its path, query and body",
    async (method) => {
      const { url } = await serverWith(async (request, response) => {
        response.end(`${request.method} ${request.url} ${await text(request)}`);
      });
      const { port } = await gatewayOver([url]);
      const head = `${method} /a%2Fb//c/../d?x=1&x=2&=%20;+ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close`;
      expect(await raw(port, `${head}\r\n\r\nhello`)).toContain(`${method} /a%2Fb//c/../d?x=1&x=2&=%20;+ hello`);
    },
  );

  it.each(["GET", "POST", "DELETE"])("%s without a body reaches the upstream without one", async (method) => {
    const { url } = await serverWith(async (request, response) => {
      const { "content-length": length = "none or 0", "transfer-encoding": coding = "none" } = request.headers;
      response.end(`${(await text(request)).length} ${length === "0" ? "none or 0" : length} ${coding}`);
    });
    const { url: front } = await gatewayOver([url]);
    const response = await fetch(front, { method });
    expect(await response.text()).toBe("0 none or 0 none");
  });

  it("stream: the upstream has the first chunk before the last one is sent", async () => {
    const chunks: string[] = [];
    const { url } = await serverWith((request, response) => {
      request.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
      request.on("end", () => response.end(chunks.join("+")));
    });
    const { port } = await gatewayOver([url]);
    const request = httpRequest({ port, host: "127.0.0.1", method: "POST", path: "/" });
    request.write("one");
    await eventually(() => chunks.length === 1);
    request.write("two");
    await eventually(() => chunks.length === 2);
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    expect(await text(response)).toBe("one+two");
  });

  it("of many megabytes pass whole, both ways", async () => {
    const { url } = await serverWith((request, response) => request.pipe(response));
    const { url: front } = await gatewayOver([url]);
    const body = Buffer.alloc(8_000_000, "abcdefg");
    const response = await fetch(front, { method: "POST", body });
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  });

  it("bring their trailers, announced or not", async () => {
    let seen: unknown;
    const { url } = await serverWith(async (request, response) => {
      const body = await text(request);
      seen = { body, trailers: request.trailers, announced: request.headers.trailer };
      response.end();
    });
    const { port } = await gatewayOver([url]);
    const post = (head: string): string =>
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${head}Connection: close\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 42\r\n\r\n`;
    expect(await raw(port, post("Trailer: X-Sum\r\n"))).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen).toEqual({ body: "body", trailers: { "x-sum": "42" }, announced: "X-Sum" });
    expect(await raw(port, post(""))).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen).toEqual({ body: "body", trailers: { "x-sum": "42" }, announced: undefined });
  });

  it("that ask for 100 Continue are answered without it when the upstream does not want the body", async () => {
    let bytes = 0;
    const { url, server } = await serverWith(() => {});
    server.on("checkContinue", (request, response) => {
      request.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.writeHead(401).end("who are you?");
    });
    const { port } = await gatewayOver([url]);
    const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    const answer = await raw(port, head, /you\?/);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(bytes).toBe(0);
  });

  it("of the server itself pass too: OPTIONS *", async () => {
    const { url } = await serverWith((request, response) => response.end(`${request.method} ${request.url}`));
    const { port } = await gatewayOver([url]);
    expect(await raw(port, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).toContain("OPTIONS *");
  });

  it("that ask for 100 Continue get it once the upstream takes the body", async () => {
    const { url } = await serverWith(async (request, response) => response.end(`got ${await text(request)}`));
    const { port } = await gatewayOver([url]);
    const socket = open(port);
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      if (answer === "") socket.write("hello");
      answer += chunk.toString();
    });
    socket.write(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
    );
    await once(socket, "close");
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain("got hello");
  });

  it("that ask for 100 Continue get none when nobody can take the body", async () => {
    const { port, gateway } = await gatewayOver(["http://127.0.0.1:1"]);
    await fetch(`http://127.0.0.1:${port}`);
    expect(gateway.upstreams[0]?.up).toBe(false);
    const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    expect(await raw(port, head)).toMatch(/^HTTP\/1\.1 503 /);
  });
});

describe("responses", () => {
  it("to HEAD keep their length and have no body", async () => {
    const { url } = await serverWith((request, response) => {
      response.setHeader("Content-Length", "1234");
      response.end(request.method === "HEAD" ? undefined : "x".repeat(1234));
    });
    const { port } = await gatewayOver([url]);
    const answer = await raw(port, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(answer).toContain("Content-Length: 1234\r\n");
    expect(answer.endsWith("\r\n\r\n")).toBe(true);
  });

  it.each([204, 304])("%i has no body, and the connection goes on", async (status) => {
    const { url } = await serverWith((request, response) => {
      response.writeHead(request.url === "/next" ? 200 : status, { ETag: '"1"' });
      response.end();
    });
    const { port } = await gatewayOver([url]);
    const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
    const answer = await raw(port, get("/") + get("/next", "Connection: close\r\n"));
    const [first = "", second = ""] = answer.split(/(?=HTTP\/1\.1 200)/);
    expect(first).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(first).toContain('ETag: "1"');
    expect(first).not.toMatch(/Transfer-Encoding/i);
    expect(second).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("that are empty stay empty", async () => {
    const { url } = await serverWith((_, response) => response.writeHead(200, { "Content-Length": "0" }).end());
    const { port } = await gatewayOver([url]);
    const answer = await raw(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(answer).toContain("Content-Length: 0\r\n");
    expect(answer.endsWith("\r\n\r\n")).toBe(true);
  });

  it("bring their trailers, announced or not", async () => {
    const { url } = await serverWith((_, response) => {
      response.setHeader("Trailer", "X-Sum");
      response.write("body");
      response.addTrailers({ "X-Sum": "42", "Grpc-Status": "0" });
      response.end();
    });
    const { port } = await gatewayOver([url]);
    const answer = await raw(port, "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/\r\nTrailer: X-Sum\r\n/);
    expect(answer.toLowerCase()).toMatch(/\r\n0\r\n(x-sum: 42\r\ngrpc-status: 0|grpc-status: 0\r\nx-sum: 42)\r\n\r\n$/);
  });

  it("stream: the client has the first chunk before the last one is made", async () => {
    let more: (() => void) | undefined;
    const { url } = await serverWith((_, response) => {
      response.write("one");
      more = () => response.end("two");
    });
    const { url: front } = await gatewayOver([url]);
    const reader = (await fetch(front)).body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? "").toString()).toBe("one");
    more?.();
    expect(Buffer.from((await reader?.read())?.value ?? "").toString()).toBe("two");
  });

  it("pass early hints on before them", async () => {
    const { url } = await serverWith((_, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" }, () => response.end("late"));
    });
    const { port } = await gatewayOver([url]);
    const answer = await raw(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/style\.css>; rel=preload; as=style\r\n\r\nHTTP\/1\.1 200 OK/i,
    );
  });

  it("come through although the upstream does not read the request to its end", async () => {
    const { url } = await serverWith((_, response) => {
      response.writeHead(413);
      response.end("too much");
    });
    const { port } = await gatewayOver([url]);
    const request = httpRequest({ port, host: "127.0.0.1", method: "POST", path: "/" });
    request.on("error", () => {});
    const answered = once(request, "response") as Promise<[IncomingMessage]>;
    for (let sent = 0; sent < 50; sent += 1) request.write(Buffer.alloc(65_536));
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    expect(await text(response)).toBe("too much");
    request.destroy();
  });

  it("cut off by the upstream are cut off for the client too, not ended", async () => {
    const { url } = await serverWith((_, response) => {
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    });
    const { port } = await gatewayOver([url]);
    const answer = await raw(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(answer).toContain("half");
    expect(answer).not.toMatch(/\r\n0\r\n\r\n$/);
  });
});
