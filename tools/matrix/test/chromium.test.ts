/** @bal/fetch in Chromium, against real servers of other origins. */
import { existsSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { inPages } from "../../install/pages.ts";

const chromium = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

async function start(listener: RequestListener): Promise<{ origin: string; urls: string[] }> {
  const urls: string[] = [];
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-methods", "*");
    response.setHeader("access-control-allow-headers", "*");
    response.setHeader("access-control-allow-private-network", "true");
    if (request.method === "OPTIONS") {
      response.end();
      return;
    }
    urls.push(request.url ?? "");
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, urls };
}

const echo: RequestListener = (request, response) => {
  void text(request).then((body) => response.end(`${request.method} ${request.url} ${body}`));
};

const page = (living: readonly string[], failing: string, silent: string) => `
  import { balancedFetch } from "@bal/fetch";
  import { expectedDelay, httpFailure, onBody } from "@bal/load";
  import { balance } from "@bal/p2c";

  const over = (origins, retry) => balancedFetch(origins, {
    balance: (endpoints) => balance(endpoints),
    load: expectedDelay({ completion: onBody, failed: httpFailure }),
    retry,
  });
  const fetch = over(${JSON.stringify(living)});
  await Promise.all(Array.from({ length: 8 }, (_, i) => fetch("/spread?" + i).then((answer) => answer.text())));
  const response = await fetch("relative");
  console.log(response instanceof Response, response.status, await response.text());
  for (const body of ["text", new Blob(["blob"]), new URLSearchParams({ a: "1" }), new TextEncoder().encode("bytes")]) {
    console.log(await (await fetch("http://any.host/body", { method: "POST", body })).text());
  }
  console.log(await (await fetch(new Request("http://any.host/r", { method: "PUT", body: "request" }))).text());

  const retried = over([${JSON.stringify(failing)}, ${JSON.stringify(living[0])}], {});
  const statuses = [];
  for (let i = 0; i < 6; i++) {
    const answer = await retried("/retried");
    statuses.push(answer.status);
    await answer.text();
  }
  console.log(statuses.join());

  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("no longer")), 20);
  await over([${JSON.stringify(silent)}])("/", { signal: stop.signal }).catch((error) => console.log(error.message));
  await fetch.close();
  await fetch("/").catch((error) => console.log(error.code));
`;

if (existsSync(chromium)) {
  test("requests with bodies of every kind spread, are retried and aborted, from a page", async () => {
    const living = await Promise.all([start(echo), start(echo)]);
    const failing = await start((_, response) => void response.writeHead(503).end());
    const silent = await start(() => {});
    const contents = page(
      living.map(({ origin }) => origin),
      failing.origin,
      silent.origin,
    );
    const bundle = await build({
      stdin: { contents, resolveDir: import.meta.dirname },
      bundle: true,
      format: "esm",
      conditions: ["@bal/source"],
      write: false,
    });
    const [result] = await inPages(chromium, [bundle.outputFiles[0]!.text]);
    expect(result).toEqual({
      errors: [],
      lines: [
        "true 200 GET /relative ",
        "POST /body text",
        "POST /body blob",
        "POST /body a=1",
        "POST /body bytes",
        "PUT /r request",
        "200,200,200,200,200,200",
        "no longer",
        "BAL_CLOSED",
      ],
    });
    for (const { urls } of living) expect(urls.length).toBeGreaterThan(1);
  });
} else {
  test("without Chromium its own part is left out", () => {
    console.warn("Chromium is not installed: @bal/fetch in a page is left out");
    expect(existsSync(chromium)).toBe(false);
  });
}
