// The gateway's own pages: /_bal for people, /_bal/state for programs, /_bal/events for what changes.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Gateway } from "../gateway.ts";
import { page } from "../report/inline.ts";
import { stateOf } from "./state.ts";

export interface Live {
  /** Answers a request for one of the pages; returns whether it was one. */
  answer(request: IncomingMessage, response: ServerResponse, gateway: Gateway): boolean;
  /** Ends the streams of events, which would never end by themselves. */
  close(): void;
}

const everyMs = 500;

export function live(): Live {
  const readers = new Map<ServerResponse, Gateway>();
  let timer: NodeJS.Timeout | undefined;

  const tell = (response: ServerResponse, gateway: Gateway): void => {
    // A reader that does not keep up misses some; the next one has all there is to know.
    if (!response.writableNeedDrain) response.write(`data: ${JSON.stringify(stateOf(gateway))}\n\n`);
  };

  const follow = (response: ServerResponse, gateway: Gateway): void => {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    readers.set(response, gateway);
    response.once("close", () => {
      readers.delete(response);
      if (readers.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    });
    tell(response, gateway);
    timer ??= setInterval(() => {
      for (const [reader, its] of readers) tell(reader, its);
    }, everyMs);
  };

  return {
    answer(request, response, gateway) {
      const [path] = (request.url ?? "").split("?", 1);
      if (path !== "/_bal" && !path?.startsWith("/_bal/")) return false;
      request.resume();
      if (request.method !== "GET" && request.method !== "HEAD") {
        send(response, { status: 405, type: "application/json", body: `{"error":"method"}\n`, allow: "GET, HEAD" });
      } else if (path === "/_bal" || path === "/_bal/") {
        send(response, { status: 200, type: "text/html; charset=utf-8", body: livePage(), policy: ownOnly });
      } else if (path === "/_bal/state") {
        send(response, { status: 200, type: "application/json", body: `${JSON.stringify(stateOf(gateway))}\n` });
      } else if (path === "/_bal/events" && request.method === "GET") {
        follow(response, gateway);
      } else {
        send(response, { status: 404, type: "application/json", body: `{"error":"not_found"}\n` });
      }
      return true;
    },
    close() {
      for (const reader of readers.keys()) reader.end();
    },
  };
}

/** The page brings all it needs; it asks for nothing but the events. */
const ownOnly =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'";

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly allow?: string;
  readonly policy?: string;
}

function send(response: ServerResponse, { status, type, body, allow, policy }: Answer): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    ...(allow === undefined ? {} : { Allow: allow }),
    ...(policy === undefined ? {} : { "Content-Security-Policy": policy }),
  });
  response.end(body);
}

let built: string | undefined;

function livePage(): string {
  built ??= page({
    title: "bal: live",
    style: "live.css",
    script: "live.js",
    data: {},
    body: `<main>
<header><h1>bal <span id="strategy"></span></h1><p id="status" role="status">connecting …</p></header>
<section id="tiles" class="tiles"></section>
<section><h2>Endpoints</h2><div class="scroll"><table id="endpoints"></table></div></section>
<section class="grid">
<figure><figcaption>Latency, ms</figcaption><div class="plot" id="latency"></div></figure>
<figure><figcaption>Requests a second</figcaption><div class="plot" id="rate"></div></figure>
</section>
<footer>The same as JSON: <a href="/_bal/state">/_bal/state</a>. Percentiles are of the last 10 to 20 seconds.</footer>
</main>`,
  });
  return built;
}
