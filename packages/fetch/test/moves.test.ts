/** A request that failed goes elsewhere where that is safe, and nowhere else. */
import { balance } from "@bal/p2c";
import { describe, expect, test, vi } from "vitest";
import { fetchOver, type Options } from "./fetch-over.ts";
import { stubborn } from "./round-robin.ts";
import { deadOrigin, startServer } from "./server.ts";

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;
/** Two origins, each answering by its function; what was sent where, in order. */
function mocked(answers: readonly Fetch[], options: Options = {}) {
  const sent: string[] = [];
  const fetch = fetchOver(
    answers.map((_, index) => `http://s${index}`),
    {
      ...options,
      fetch: (url, init) => {
        sent.push(`${init?.method ?? "GET"} ${url}`);
        return answers[Number(new URL(url).hostname.slice(1))]!(url, init);
      },
    },
  );
  return { fetch, sent };
}

const refused: Fetch = async () => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) });
};
const reset: Fetch = async () => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error("read"), { code: "ECONNRESET" }) });
};
const answers = (status: number, body = `${status}`): Fetch => {
  // Nobody reads it here, and so it must be short: it holds no place.
  return async () => new Response(body, { status, headers: { "content-length": `${body.length}` } });
};

test("of a dead server and a living one every request reaches the living one, whatever its body but a stream", async () => {
  const living = await startServer((_, response) => response.end("ok"));
  const fetch = fetchOver([await deadOrigin(), living.origin, await deadOrigin()]);
  const bodies = ["text", new Blob(["a"]), new URLSearchParams({ a: "1" }), new Uint8Array(3), new FormData()];
  for (const body of bodies) expect((await fetch("/", { method: "POST", body })).status).toBe(200);
  for (let i = 0; i < 6; i++) expect(await (await fetch("/")).text()).toBe("ok");
  expect(living.urls.length).toBe(11);
});

test("each endpoint is tried once at most, then the last failure stands", async () => {
  const { fetch, sent } = mocked([refused, refused, refused]);
  await expect(fetch("/")).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  expect(sent.sort()).toEqual(["GET http://s0/", "GET http://s1/", "GET http://s2/"]);
});

test.each([
  ["an error of the socket", { cause: { code: "EHOSTUNREACH" } }, true],
  ["one for each address", { cause: { errors: [{ code: "ECONNREFUSED" }, { code: "ENETUNREACH" }] } }, true],
  [
    "one address that may have been reached",
    { cause: { errors: [{ code: "ECONNREFUSED" }, { code: "EPIPE" }] } },
    false,
  ],
  ["a name that is not known", { cause: { code: "ENOTFOUND" } }, true],
  ["a connection that did not come about in time", { cause: { code: "UND_ERR_CONNECT_TIMEOUT" } }, true],
  ["Bun's refusal", { code: "ConnectionRefused" }, true],
  ["Deno's refusal", { message: "error sending request for url (http://s0/): client error (Connect): tcp" }, true],
  ["a connection that broke", { cause: { code: "ECONNRESET" } }, false],
  ["headers that did not come in time", { cause: { code: "UND_ERR_HEADERS_TIMEOUT" } }, false],
  ["nothing that says more", {}, false],
  ["not even an error", null, false],
])("%s moves a request only if it reached nobody", async (_, error, moves) => {
  const failing: Fetch = () => Promise.reject(error);
  const { fetch, sent } = mocked([failing, failing]);
  await expect(fetch("/", { method: "POST", body: "once" })).rejects.toBe(error);
  expect(sent.length).toBe(moves ? 2 : 1);
});

test("a stream is sent once, whatever happens", async () => {
  const { fetch, sent } = mocked([refused, refused], { retry: {} });
  const body = new Blob(["a"]).stream();
  await expect(fetch("/", { method: "PUT", body, duplex: "half" } as RequestInit)).rejects.toThrow("fetch failed");
  expect(sent.length).toBe(1);
  // As browsers have it that cannot iterate their streams.
  const { fetch: again, sent: sentAgain } = mocked([refused, refused]);
  await expect(again("/", { method: "PUT", body: { getReader() {} } as never })).rejects.toThrow("fetch failed");
  expect(sentAgain.length).toBe(1);
});

test("a move goes elsewhere even when the picker would always take the same endpoint", async () => {
  const { fetch, sent } = mocked([refused, refused, answers(200)], {
    balance: (endpoints) => balance(endpoints, { picker: stubborn() }),
  });
  for (let i = 0; i < 3; i++) expect((await fetch("/")).status).toBe(200);
  expect(sent.filter((line) => line.includes("s2")).length).toBe(3);
});

test("a move waits for another endpoint that is busy rather than fail or go back", async () => {
  let finish: ((response: Response) => void) | undefined;
  const busy: Fetch = (url) =>
    url.endsWith("/slow") ? new Promise((resolve) => (finish = resolve)) : answers(200, "moved")(url);
  const { fetch, sent } = mocked([busy, refused], { concurrency: 1 });
  const slow = [1, 2].map(async () => (await fetch("/slow")).text());
  await expect.poll(() => sent.length).toBeGreaterThan(1);
  const moved = fetch("/moved");
  await new Promise((resolve) => setTimeout(resolve, 20));
  while (finish) {
    const last: (response: Response) => void = finish;
    finish = undefined;
    last(new Response("slow"));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await (await moved).text()).toBe("moved");
  await Promise.all(slow);
  const toRefusing = sent.filter((line) => line.includes("s1"));
  expect(new Set(toRefusing).size).toBeLessThanOrEqual(2);
});

test("nothing goes a second time for an abort", async () => {
  const stop = new AbortController();
  const reason = new Error("no longer");
  const aborting: Fetch = async () => {
    stop.abort(reason);
    throw reason;
  };
  const { fetch, sent } = mocked([aborting, aborting], { retry: {} });
  await expect(fetch("/", { signal: stop.signal })).rejects.toBe(reason);
  expect(sent.length).toBe(1);
});

describe("retries", () => {
  const none = { share: 0, perSecond: 0 };

  test("are none unless they are asked for", async () => {
    const { fetch, sent } = mocked([answers(503), reset]);
    await Promise.allSettled([fetch("/"), fetch("/")]);
    expect(sent.length).toBe(2);
  });

  test("send what failed to another endpoint, for methods that allow it", async () => {
    for (const [method, failing, count] of [
      ["GET", answers(503), 2],
      ["delete", reset, 2],
      ["GET", answers(500), 1],
      ["GET", answers(404), 1],
      ["POST", answers(503), 1],
      ["PATCH", reset, 1],
    ] as const) {
      const { fetch, sent } = mocked([failing, failing], { retry: {} });
      await fetch("/", { method }).catch(() => {});
      expect([method, sent.length]).toEqual([method, count]);
    }
  });

  test("return the answer that came, or the last failure with its body to read", async () => {
    const half = mocked([answers(503), answers(200)], { retry: {} });
    for (let i = 0; i < 4; i++) expect((await half.fetch("/")).status).toBe(200);
    const whole = mocked([answers(502, "all down"), answers(502, "all down")], { retry: {} });
    expect(await (await whole.fetch("/")).text()).toBe("all down");
  });

  test("end after `max`, and go by `when` and `methods`", async () => {
    const three = [answers(429), answers(429), answers(429)];
    const when = (outcome: object) => "response" in outcome;
    const { fetch, sent } = mocked(three, { retry: { max: 1, when, methods: ["post"] } });
    await fetch("/", { method: "POST" });
    await fetch("/");
    expect(sent.length).toBe(3);
  });

  test("are up to `when` for an answer that is ok too, and not for the caller's own abort", async () => {
    const stale: Fetch = async () => new Response("old", { headers: { "x-stale": "1" } });
    const when = vi.fn(
      (outcome: object) => (outcome as { response?: Response }).response?.headers.has("x-stale") ?? true,
    );
    const { fetch, sent } = mocked([stale, answers(200, "new")], { retry: { when } });
    for (let i = 0; i < 4; i++) expect(await (await fetch("/")).text()).toBe("new");
    expect(sent.length).toBeGreaterThan(4);

    when.mockClear();
    const stop = new AbortController();
    const reason = new Error("no longer");
    const aborting: Fetch = async () => {
      stop.abort(reason);
      throw reason;
    };
    const given = mocked([aborting, aborting], { retry: { when } });
    await expect(given.fetch("/", { signal: stop.signal })).rejects.toBe(reason);
    expect(when).not.toHaveBeenCalled();
  });

  test("stay within their budget: a share of the requests and some a second, over ten seconds", async () => {
    let time = 0;
    const retry = { share: 0.25, perSecond: 1, now: () => time };
    const { fetch, sent } = mocked([reset, reset], { retry });
    const send = async (count: number) => {
      const before = sent.length;
      for (let i = 0; i < count; i++) await fetch("/").catch(() => {});
      return sent.length - before - count;
    };
    expect(await send(100)).toBe(35);
    expect(await send(10)).toBe(2);
    time = 9_999;
    expect(await send(5)).toBe(1);
    time = 10_000;
    expect(await send(20)).toBe(15);
    time = 1e9;
    expect(await send(9)).toBe(9);
  });

  test("are none with an empty budget, which moves do not touch", async () => {
    const { fetch, sent } = mocked([reset, reset], { retry: none });
    await expect(fetch("/")).rejects.toThrow();
    expect(sent.length).toBe(1);
    const moving = mocked([refused, refused], { retry: none });
    await expect(moving.fetch("/")).rejects.toThrow();
    expect(moving.sent.length).toBe(2);
  });

  test("drop the body of an answer that nobody gets", async () => {
    const cancelled = vi.fn();
    const dropped: Fetch = async () => new Response(new ReadableStream({ cancel: cancelled }), { status: 503 });
    const { fetch } = mocked([dropped, answers(200)], { retry: {} });
    await fetch("/");
    await fetch("/");
    expect(cancelled).toHaveBeenCalled();
  });
});
