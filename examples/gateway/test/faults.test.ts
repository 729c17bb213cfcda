// What happens when upstreams die, hang or are full, and when clients go away.

import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { describe, expect, it } from "vitest";
import { eventually, gatewayOver, kill, raw, serverWith } from "./support/stand.ts";

const answering = (name: string) => serverWith((_, response) => response.end(name));

describe("an upstream that dies", () => {
  it("is left out without a client noticing, and comes back when it lives again", async () => {
    const a = await answering("a");
    const b = await answering("b");
    const { url, gateway } = await gatewayOver([a.url, b.url]);
    const asked = async (): Promise<string> => {
      const answers = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()));
      return [...new Set(answers)].sort().join();
    };
    expect(await asked()).toBe("a,b");
    await kill(b.server);
    expect(await asked()).toBe("a");
    await eventually(() => gateway.upstreams[1]?.up === false);
    expect(await asked()).toBe("a");
    await serverWith((_, response) => response.end("b again"), b.port);
    await eventually(() => gateway.upstreams[1]?.up === true);
    await eventually(() => gateway.balance.readySize === 2);
    expect(await asked()).toBe("a,b again");
  });

  it("that was the last one leaves 503 with the reason in JSON, at once, until it lives again", async () => {
    const only = await answering("only");
    const { url, gateway } = await gatewayOver([only.url]);
    expect(await (await fetch(url)).text()).toBe("only");
    await kill(only.server);
    for (const method of ["GET", "POST"]) {
      const begin = performance.now();
      const response = await fetch(url, { method });
      expect(response.status).toBe(503);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.headers.get("retry-after")).toBe("1");
      expect(await response.json()).toEqual({ error: "no_upstream", message: "the only upstream is down" });
      expect(performance.now() - begin).toBeLessThan(1_500);
    }
    await serverWith((_, response) => response.end("alive"), only.port);
    await eventually(() => gateway.upstreams[0]?.up === true);
    expect(await (await fetch(url)).text()).toBe("alive");
  });

  it("never lived, nor did the other one: 503", async () => {
    const { url } = await gatewayOver(["http://127.0.0.1:1", "http://127.0.0.1:2"]);
    const response = await fetch(url);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ error: "no_upstream", message: "all 2 upstreams are down" });
  });

  it("has its uploads sent elsewhere, as long as nothing of them was read", async () => {
    const { url: alive } = await serverWith((request, response) => void request.pipe(response));
    for (const body of ["of known length", new Blob(["of unknown length"]).stream()]) {
      const { url } = await gatewayOver(["http://127.0.0.1:1", alive]);
      const upload: RequestInit & { duplex: string } = { method: "POST", body, duplex: "half" };
      expect(await (await fetch(url, upload)).text()).toMatch(/^of .*known length$/);
    }
  });

  it.each(["POST", "PUT"])("in the middle of a %s that must not be sent twice: 502", async (method) => {
    let asked = 0;
    const { url: dying } = await serverWith((request, response) => {
      asked += 1;
      request.resume();
      request.on("end", () => response.socket?.destroy());
    });
    const { url } = await gatewayOver([dying]);
    const response = await fetch(url, { method, body: "once" });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: "bad_upstream" });
    expect(asked).toBe(1);
  });
});

describe("limits", () => {
  it("an upstream that does not begin its answer in time: 504, and its request is cancelled", async () => {
    let cancelled = false;
    const { url: hanging } = await serverWith((_, response) => {
      response.on("close", () => {
        cancelled = true;
      });
    });
    const { url } = await gatewayOver([hanging], { limits: { firstByteMs: 150 } });
    const response = await fetch(url);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: "upstream_timeout" });
    await eventually(() => cancelled);
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("x"));
        controller.close();
      },
    });
    const upload: RequestInit & { duplex: string } = { method: "POST", body: chunked, duplex: "half" };
    expect((await fetch(url, upload)).status).toBe(504);
  });

  it("a header that is too large: 431 for the client's, 502 for the upstream's", async () => {
    const { url } = await serverWith((_, response) => {
      response.setHeader("X-Large", "x".repeat(5_000));
      response.end();
    });
    const { port, url: front } = await gatewayOver([url], { headerBytes: 2_000, limits: { headerBytes: 2_000 } });
    const answer = await raw(port, `GET / HTTP/1.1\r\nHost: a\r\nX-Large: ${"x".repeat(5_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: "header_too_large" });
    const response = await fetch(front);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: "upstream_headers" });
  });

  it("a client that does not send its header in time: 408", async () => {
    const { url } = await answering("a");
    const { port } = await gatewayOver([url], { headerMs: 150 });
    expect(await raw(port, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow:")).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("upstreams that are full: requests wait in one queue, first come first served", async () => {
    const waiting: (() => void)[] = [];
    const { url } = await serverWith((request, response) => void waiting.push(() => response.end(request.url)));
    const { url: front, gateway } = await gatewayOver([url], { limits: { concurrency: 1 } });
    const done: string[] = [];
    const ask = async (path: string): Promise<void> => void done.push(await (await fetch(front + path)).text());
    const all: Promise<void>[] = [];
    for (const [index, path] of ["/1", "/2", "/3"].entries()) {
      all.push(ask(path));
      await eventually(() => gateway.balance.queued === index);
      await eventually(() => gateway.traffic.figures().inFlight === index + 1);
    }
    expect(waiting).toHaveLength(1);
    for (let served = 0; served < 3; served += 1) {
      await eventually(() => waiting.length === served + 1);
      waiting[served]?.();
    }
    await Promise.all(all);
    expect(done).toEqual(["/1", "/2", "/3"]);
  });

  it("a wait that is too long, or a queue that is full: 503", async () => {
    const { url } = await serverWith(() => {});
    const { url: front, gateway } = await gatewayOver([url], { limits: { concurrency: 1 }, queueMs: 200, maxQueue: 1 });
    const leave = new AbortController();
    fetch(front, { signal: leave.signal }).catch(() => {});
    await eventually(() => gateway.upstreams[0]?.inFlight === 1);
    const late = fetch(front);
    await eventually(() => gateway.balance.queued === 1);
    const refused = await fetch(front);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      error: "overloaded",
      message: "too many requests wait already",
    });
    const response = await late;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: "overloaded", message: "no upstream had room within 200 ms" });
    leave.abort();
  });
});

describe("a client that disconnects", () => {
  it.each([
    ["before the answer", false],
    ["in the middle of the answer", true],
  ])("%s cancels its request upstream", async (_, begun) => {
    let cancelled = 0;
    const { url } = await serverWith((_request, response) => {
      response.on("close", () => {
        cancelled += 1;
      });
      if (begun) response.write("begun");
    });
    const { port, gateway } = await gatewayOver([url]);
    const request = httpRequest({ port, host: "127.0.0.1" });
    request.on("error", () => {});
    request.end();
    if (begun) {
      const [response] = await once(request, "response");
      response.on("error", () => {});
      await once(response, "data");
    } else await eventually(() => gateway.upstreams[0]?.inFlight === 1);
    request.destroy();
    await eventually(() => cancelled === 1);
    await eventually(() => gateway.upstreams[0]?.inFlight === 0);
  });

  it("in the queue leaves it", async () => {
    const { url } = await serverWith(() => {});
    const { url: front, gateway } = await gatewayOver([url], { limits: { concurrency: 1 } });
    const first = new AbortController();
    const second = new AbortController();
    fetch(front, { signal: first.signal }).catch(() => {});
    await eventually(() => gateway.upstreams[0]?.inFlight === 1);
    fetch(front, { signal: second.signal }).catch(() => {});
    await eventually(() => gateway.balance.queued === 1);
    second.abort();
    await eventually(() => gateway.balance.queued === 0);
    first.abort();
  });
});

describe("a request", () => {
  it("counts as pending until the last byte of its answer", async () => {
    let finish: (() => void) | undefined;
    const { url } = await serverWith((_, response) => {
      response.write("x");
      finish = () => response.end();
    });
    const { url: front, gateway } = await gatewayOver([url], { strategyId: "p2c-pending" });
    const response = await fetch(front);
    expect(gateway.balance.endpoints()[0]).toMatchObject({ load: 1 });
    expect(gateway.upstreams[0]?.inFlight).toBe(1);
    finish?.();
    await response.text();
    await eventually(() => gateway.balance.endpoints()[0]?.load === 0);
    expect(gateway.upstreams[0]?.inFlight).toBe(0);
  });

  it("in flight is answered while the gateway closes, and no new one is taken", async () => {
    let finish: (() => void) | undefined;
    const { url } = await serverWith((_, response) => {
      finish = () => response.end("in time");
    });
    const { url: front, gateway } = await gatewayOver([url]);
    const answer = fetch(front);
    await eventually(() => finish !== undefined);
    const closed = gateway.close(5_000);
    await expect(fetch(front)).rejects.toThrow();
    finish?.();
    expect(await (await answer).text()).toBe("in time");
    await closed;
  });
});
