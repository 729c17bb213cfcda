/** What fetch does, a balanced fetch does, over several real servers. */
import { text } from "node:stream/consumers";
import { endpointSet } from "@bal/discover";
import { balancedFetch } from "@bal/fetch";
import { balance } from "@bal/p2c";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { roundRobin } from "./round-robin.ts";
import { startServer, type TestServer } from "./server.ts";

async function servers(count: number, answer = echo): Promise<TestServer[]> {
  return Promise.all(Array.from({ length: count }, () => startServer(answer)));
}

const echo: Parameters<typeof startServer>[0] = (request, response) => {
  const { method, url, headers } = request;
  void text(request).then((body) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method, url, headers, body }));
  });
};

function fetchOver(
  origins: Parameters<typeof balancedFetch>[0],
  options: Partial<Parameters<typeof balancedFetch>[1]> = {},
) {
  const fetch = balancedFetch(origins, {
    balance: (endpoints) => balance(endpoints, { picker: roundRobin() }),
    ...options,
  });
  onTestFinished(() => fetch.close());
  return fetch;
}

test("requests spread over the origins, with path and query as they are", async () => {
  const all = await servers(3);
  const fetch = fetchOver(all.map(({ origin }) => origin));
  for (let i = 0; i < 6; i++) {
    const response = await fetch(`/users?id=${i}&x=%20`);
    expect(response).toBeInstanceOf(Response);
    expect((await response.json()).url).toBe(`/users?id=${i}&x=%20`);
  }
  expect(all.map(({ urls }) => urls.length)).toEqual([2, 2, 2]);
});

test("the host in the caller's URL is a name of its own; the server's own stands in Host", async () => {
  const [server] = await servers(1);
  const fetch = fetchOver([server!.origin]);
  for (const url of [
    "http://users.internal/a",
    new URL("https://users.internal:444/a"),
    "a",
    "//elsewhere/a",
    "/a#b",
  ]) {
    const { url: path, headers } = await (await fetch(url)).json();
    expect(path).toBe("/a");
    expect(headers.host).toBe(`127.0.0.1:${server!.port}`);
  }
});

test("whatever the caller writes, path and query are what a URL parser makes of it", async () => {
  const sent: string[] = [];
  const fetch = fetchOver(["http://10.0.0.1"], {
    fetch: async (url) => {
      sent.push(url);
      return new Response();
    },
  });
  const part = fc.constantFrom(
    "/",
    ".",
    "..",
    "a",
    "?",
    "#",
    "%2e",
    "%20",
    " ",
    "\\",
    "=",
    "&",
    "é",
    "'",
    ":",
    "@",
    "~",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
      const written = `/${parts.join("")}`;
      fc.pre(URL.canParse(written, "http://localhost/"));
      const { pathname, search, username, password } = new URL(written, "http://localhost/");
      fc.pre(username + password === "");
      await fetch(written);
      // That of the mock is a string; what fetch makes of it is the URL.
      expect(sent.at(-1)).toBe(`http://10.0.0.1${pathname}${search}`);
    }),
    { numRuns: 500 },
  );
});

test("a base path stands in front, and no path climbs out of it", async () => {
  const [server] = await servers(1);
  const fetch = fetchOver([`${server!.origin}/base/`]);
  for (const path of ["/a", "a", "/../a", "//h/a"]) expect((await (await fetch(path)).json()).url).toBe("/base/a");
  expect(fetch.endpoints()).toEqual([{ origin: `${server!.origin}/base`, running: 0, ready: true }]);
});

test("method, headers and bodies of every kind arrive", async () => {
  const [server] = await servers(1);
  const fetch = fetchOver([server!.origin]);
  const form = new FormData();
  form.set("field", "value");
  const bodies: [BodyInit, string | RegExp][] = [
    ["text", "text"],
    [new TextEncoder().encode("bytes"), "bytes"],
    [new Blob(["blob"]), "blob"],
    [new URLSearchParams({ a: "1" }), "a=1"],
    [form, /name="field"\r\n\r\nvalue/],
    [new Blob(["stream"]).stream(), "stream"],
  ];
  for (const [body, expected] of bodies) {
    const init = { method: "POST", body, headers: { "x-mine": "1" }, duplex: "half" };
    const sent = await (await fetch("/", init as RequestInit)).json();
    expect(sent.method).toBe("POST");
    expect(sent.headers["x-mine"]).toBe("1");
    expect(sent.body).toMatch(expected);
  }
});

test("a Request goes in, with init on top", async () => {
  const [server] = await servers(1);
  const fetch = fetchOver([server!.origin]);
  const request = new Request("http://any.host/r?q", { method: "PUT", body: "body", headers: { "x-mine": "1" } });
  const sent = await (await fetch(request, { headers: { "x-mine": "2" } })).json();
  expect(sent).toMatchObject({ method: "PUT", url: "/r?q", body: "body" });
  expect(sent.headers["x-mine"]).toBe("2");
  expect(request.bodyUsed).toBe(true);
  await expect(fetch(request)).rejects.toThrow(TypeError);
});

test("redirects are followed on the server that sent them, or not at all where the caller says so", async () => {
  const all = await servers(2, (request, response) => {
    if (request.url === "/to") response.end("there");
    else response.writeHead(302, { location: "/to" }).end();
  });
  const fetch = fetchOver(all.map(({ origin }) => origin));
  const response = await fetch("/from");
  expect(await response.text()).toBe("there");
  expect(response.redirected).toBe(true);
  expect(all.map(({ urls }) => urls.join()).sort()).toEqual(["", "/from,/to"]);
  expect((await fetch("/from", { redirect: "manual" })).status).toBe(302);
  await expect(fetch("/from", { redirect: "error" })).rejects.toThrow(TypeError);
});

test("what fetch rejects before it sends is rejected the same way, and data: is fetch's own", async () => {
  const [server] = await servers(1);
  const fetch = fetchOver([server!.origin]);
  await expect(fetch("http://")).rejects.toThrow(TypeError);
  await expect(fetch("http://user:word@host/")).rejects.toThrow(TypeError);
  await expect(fetch("/", { body: "a" })).rejects.toThrow(TypeError);
  expect(await (await fetch("data:text/plain,here")).text()).toBe("here");
  expect(server!.urls).toEqual([]);
});

test("an abort rejects with its reason: before, in flight, and while waiting for a place", async () => {
  const [server] = await servers(1, () => {});
  const fetch = fetchOver([server!.origin], { concurrency: 1 });
  const reason = new Error("no longer");
  await expect(fetch("/", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const [inFlight, waiting] = [new AbortController(), new AbortController()];
  const first = fetch("/1", { signal: inFlight.signal });
  const second = fetch("/2", { signal: waiting.signal });
  await expect.poll(() => server!.urls).toEqual(["/1"]);
  waiting.abort(reason);
  await expect(second).rejects.toBe(reason);
  inFlight.abort(reason);
  await expect(first).rejects.toBe(reason);
  expect(server!.urls).toEqual(["/1"]);
  expect(fetch.endpoints()[0]!.running).toBe(0);
});

test("no endpoint has more than its concurrency, and what waits goes where room is first", async () => {
  let most = 0;
  const counted = (): Parameters<typeof startServer>[0] => {
    let running = 0;
    return (_, response) => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        response.end("done");
      }, 5);
    };
  };
  const all = [await startServer(counted()), await startServer(counted())];
  const fetch = fetchOver(
    all.map(({ origin }) => origin),
    { concurrency: 2 },
  );
  await Promise.all(Array.from({ length: 20 }, async () => (await fetch("/")).text()));
  expect(most).toBe(2);
  expect(all.map(({ urls }) => urls.length).reduce((a, b) => a + b)).toBe(20);
});

test("a completion holds the place until it is called", async () => {
  const [server] = await servers(1);
  const done: (() => void)[] = [];
  const completion = (response: Response, complete: () => void) => {
    done.push(complete);
    return response;
  };
  const fetch = fetchOver([server!.origin], { concurrency: 1, completion });
  await fetch("/1");
  const second = fetch("/2");
  expect(fetch.endpoints()[0]).toMatchObject({ running: 1, ready: false });
  done[0]!();
  done[0]!();
  await second;
  expect(fetch.endpoints()[0]).toMatchObject({ running: 1, ready: false });
  done[1]!();
});

test("origins come and go while requests flow, and none fails", async () => {
  const all = await servers(4);
  const set = endpointSet([["a", all[0]!.origin]]);
  const fetch = fetchOver(set);
  let failed = 0;
  const flow = (async () => {
    for (let i = 0; i < 200; i++) {
      await fetch(`/${i}`).then(
        (response) => response.text(),
        () => failed++,
      );
    }
  })();
  for (const [index, server] of all.slice(1).entries()) {
    const seen = server.urls.length;
    set.insert("abcd"[index + 1]!, server.origin);
    await expect.poll(() => server.urls.length).toBeGreaterThan(seen);
    set.remove("abcd"[index]!);
  }
  await flow;
  expect(failed).toBe(0);
  // The flow may be over before the last change has come through.
  await expect.poll(() => fetch.endpoints().map(({ origin }) => origin)).toEqual([all[3]!.origin]);
});

test("closing answers what runs, rejects what waits and what comes, and leaves the source of origins", async () => {
  let answer: (() => void) | undefined;
  const [server] = await servers(1, (_, response) => {
    answer = () => response.end("late");
  });
  const set = endpointSet([["a", server!.origin]]);
  const fetch = fetchOver(set, { concurrency: 1 });
  const running = fetch("/1");
  await expect.poll(() => answer).toBeDefined();
  const waiting = expect(fetch("/2")).rejects.toMatchObject({ code: "BAL_CLOSED" });
  const closed = fetch[Symbol.asyncDispose]();
  await waiting;
  answer!();
  expect(await (await running).text()).toBe("late");
  await closed;
  await expect(fetch("/3")).rejects.toMatchObject({ code: "BAL_CLOSED" });
  expect(fetch.endpoints()).toEqual([]);
});

test("fetch is an option, and is called as a plain function", async () => {
  const seen: unknown[] = [];
  const mock = async function (this: unknown, url: string, init?: RequestInit) {
    seen.push(this, url, init);
    return new Response("mocked");
  };
  const init = { method: "PUT" };
  const fetch = fetchOver(["http://10.0.0.1"], { fetch: mock });
  expect(await (await fetch("/a", init)).text()).toBe("mocked");
  expect(seen).toEqual([undefined, "http://10.0.0.1/a", init]);
});

test.each([
  [[], "origins: expected one origin or more"],
  [["10.0.0.1:80"], "origins[0]: expected an origin like http://10.0.0.1:8080"],
  [["http://a", "http://u@b"], "origins[1]: expected an origin"],
  [["http://a/?q"], "origins[0]: expected an origin"],
  [5, "origins: expected an object with Symbol(Symbol.asyncIterator)()"],
])("%j as origins is refused at once", (origins, message) => {
  expect(() => balancedFetch(origins as string[], { balance: (endpoints) => balance(endpoints) })).toThrow(message);
});

test.each([
  [{ balance: undefined }, "balance: expected a function"],
  [{ balance: () => ({}) }, "what balance returns: expected an object with ready() and call()"],
  [{ fetch: 1 }, "fetch: expected a function"],
  [{ load: 1 }, "load: expected a function"],
  [{ concurrency: 0 }, "concurrency: expected a whole number from 1"],
  [{ completion: "body" }, "completion: expected a function"],
  [null, "options: expected an object, got null"],
  [undefined, "options: expected an object, got undefined"],
  [{ fetch: null }, "fetch: expected a function, got null"],
  [{ completion: null }, "completion: expected a function, got null"],
  [{ retry: null }, "retry: expected an object, got null"],
  [{ retry: 5 }, "retry: expected an object, got 5"],
  [{ retry: "x" }, 'retry: expected an object, got "x"'],
  [{ retry: true }, "retry: expected an object, got true"],
  [{ retry: { max: null } }, "retry.max: expected a whole number from 1, got null"],
  [{ retry: { share: null } }, "retry.share: expected a number from 0, got null"],
  [{ retry: { perSecond: null } }, "retry.perSecond: expected a number from 0, got null"],
  [{ retry: { max: 0 } }, "retry.max: expected a whole number from 1"],
  [{ retry: { methods: "GET" } }, "retry.methods: expected an array of methods"],
  [{ retry: { share: -1 } }, "retry.share: expected a number from 0"],
])("%j is refused at once", (options, message) => {
  const whole = options && { balance: (endpoints: never) => balance(endpoints), ...options };
  expect(() => balancedFetch(["http://a"], whole as never)).toThrow(message);
});
